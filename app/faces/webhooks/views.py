"""Stripe's webhooks. The view only verifies and stores; a job does what follows."""

from flask import Blueprint, Response, request

from app.domains.payments.inbox.operations import NewMessage, store_message
from app.domains.payments.ports import SignatureRefusedError, WebhookReader
from app.faces.shared.access import public
from app.foundation.database import directory_scope
from app.foundation.identifiers import parse_id
from app.foundation.ports import port
from app.foundation.unit_of_work import unit_of_work

webhooks = Blueprint("webhooks", __name__)
LARGEST_BODY = 512 * 1024


@webhooks.post("/webhooks/stripe")
@public
def stripe() -> Response:
    """Verify a message of Stripe and store it once; 200 for one that is known already."""
    if (request.content_length or 0) > LARGEST_BODY:
        return Response(status=413)
    body = request.get_data()
    try:
        event = port(WebhookReader).read(body, request.headers.get("Stripe-Signature", ""))
    except (SignatureRefusedError, ValueError, KeyError):
        return Response(status=400)
    message = NewMessage(
        "stripe", event.provider_id, event.kind, event.object_id, parse_id(event.shop_id),
        parse_id(event.payment_id), body.decode(),
    )  # fmt: skip
    with unit_of_work(directory_scope()) as unit:
        store_message(unit, message=message)
    return Response(status=200)
