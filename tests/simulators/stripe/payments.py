"""What happens to payments: confirm, capture, cancel, refund, transfer, and the balance."""

from typing import Any

from tests.simulators.stripe import cards, objects
from tests.simulators.stripe.errors import StripeRefusal, invalid
from tests.simulators.stripe.objects import Shape
from tests.simulators.stripe.store import Store

CANCELLABLE = {
    "requires_payment_method",
    "requires_confirmation",
    "requires_action",
    "requires_capture",
    "processing",
}


class Payments:
    """The rules. Every method is called with the store's lock held."""

    def __init__(self, store: Store, emit: Any, public_url: str) -> None:
        self.store, self.emit, self.public_url = store, emit, public_url

    def create(self, params: Shape) -> Shape:
        amount = _amount(params, "amount")
        intent = objects.payment_intent(
            self.store.now,
            amount=amount,
            currency=params["currency"].lower(),
        )
        for name in (
            "capture_method",
            "transfer_group",
            "metadata",
            "payment_method_options",
            "description",
            "customer",
            "setup_future_usage",
        ):
            if name in params:
                intent[name] = params[name]
        if "payment_method_types" in params:
            intent["payment_method_types"] = params["payment_method_types"]
            intent["automatic_payment_methods"] = None
        self.store.keep(intent)
        self.emit("payment_intent.created", intent)
        if params.get("confirm") in (True, "true"):
            self.confirm(intent, params)
        return intent

    def method(self, params: Shape) -> tuple[Shape, str]:
        """Return the payment method that a confirmation names, and its secret card number."""
        token = params.get("payment_method")
        if token in cards.TOKENS:
            return self._card(cards.TOKENS[token], 12, 2040)
        if token:
            return self.store.get("payment_method", token), self.store.secrets.get(token, "")
        data = params.get("payment_method_data") or {}
        if data.get("type") == "ideal":
            return self.store.keep(
                objects.payment_method(self.store.now, "ideal", ideal={"bank": None, "bic": None})
            ), ""
        given = data.get("card") or {}
        number = str(given.get("number", "")).replace(" ", "")
        if not number.isdigit() or not 12 <= len(number) <= 19:
            raise StripeRefusal(
                402,
                "card_error",
                "Your card number is incorrect.",
                code="incorrect_number",
                param="number",
            )
        return self._card(number, int(given.get("exp_month", 12)), int(given.get("exp_year", 2040)))

    def _card(self, number: str, month: int, year: int) -> tuple[Shape, str]:
        method = self.store.keep(
            objects.payment_method(self.store.now, "card", card=objects.card(number, month, year))
        )
        self.store.keep_secret(method["id"], number)
        return method, number

    def confirm(self, intent: Shape, params: Shape) -> Shape:
        if intent["status"] not in {
            "requires_payment_method",
            "requires_confirmation",
            "requires_action",
        }:
            raise invalid(
                f"This PaymentIntent's status is {intent['status']}.",
                code="payment_intent_unexpected_state",
            )
        method, number = self.method(params)
        intent["payment_method"] = method["id"]
        intent["last_payment_error"] = None
        if method["type"] == "ideal" or number in cards.NEEDS_3DS | cards.DECLINED_AFTER_3DS:
            return self._require_action(intent, method["type"], params.get("return_url"))
        return self._authorise(intent, method, number)

    def _require_action(self, intent: Shape, kind: str, return_url: str | None) -> Shape:
        intent["status"] = "requires_action"
        page = "ideal" if kind == "ideal" else "3ds"
        self.store.keep_secret(f"return:{intent['id']}", return_url or "")
        intent["next_action"] = {
            "type": "redirect_to_url",
            "redirect_to_url": {
                "url": f"{self.public_url}/_pages/{page}/{intent['id']}",
                "return_url": return_url,
            },
        }
        self.store.keep(intent)
        self.emit("payment_intent.requires_action", intent)
        return intent

    def finish_action(self, intent: Shape, *, approved: bool) -> Shape:
        if intent["status"] != "requires_action":
            return intent
        intent["next_action"] = None
        method = self.store.get("payment_method", intent["payment_method"])
        number = self.store.secrets.get(method["id"], "")
        if not approved:
            try:
                self._decline(
                    intent,
                    "payment_intent_authentication_failure",
                    None,
                    "We are unable to authenticate your payment method.",
                )
            except StripeRefusal:
                return intent
        try:
            if number in cards.DECLINED_AFTER_3DS:
                self._decline(intent, "card_declined", "generic_decline", "Your card was declined.")
            return self._authorise(intent, method, number)
        except StripeRefusal:
            return intent

    def _authorise(self, intent: Shape, method: Shape, number: str) -> Shape:
        if number in cards.DECLINES:
            code, decline = cards.DECLINES[number]
            self._decline(
                intent, code, decline, cards.MESSAGES.get(decline, "Your card was declined.")
            )
        manual = self.is_manual(intent, method["type"])
        charge = objects.charge(
            self.store.now,
            amount=intent["amount"],
            currency=intent["currency"],
            payment_intent=intent["id"],
            payment_method=method["id"],
            transfer_group=intent["transfer_group"],
        )
        charge["metadata"] = dict(intent["metadata"])
        details: Shape = {"type": method["type"]}
        details[method["type"]] = dict(method[method["type"]])
        if method["type"] == "card" and manual:
            details["card"]["capture_before"] = self.store.now + objects.AUTHORISATION_SECONDS
        charge["payment_method_details"] = details
        intent["latest_charge"] = charge["id"]
        self.store.keep(charge)
        if manual:
            intent["status"], intent["amount_capturable"] = "requires_capture", intent["amount"]
            self.store.keep(intent)
            self.emit("payment_intent.amount_capturable_updated", intent)
            return intent
        return self._capture(intent, charge, intent["amount"])

    @staticmethod
    def is_manual(intent: Shape, kind: str) -> bool:
        """Cards wait when asked to; iDEAL cannot and is captured at once, as at Stripe."""
        options = (intent["payment_method_options"] or {}).get("card", {})
        return kind == "card" and "manual" in {
            intent["capture_method"],
            options.get("capture_method"),
        }

    def _decline(self, intent: Shape, code: str, decline: str | None, message: str) -> None:
        error = {"type": "card_error", "code": code, "message": message}
        if decline:
            error["decline_code"] = decline
        intent["status"], intent["last_payment_error"] = "requires_payment_method", error
        self.store.keep(intent)
        self.emit("payment_intent.payment_failed", intent)
        raise StripeRefusal(
            402,
            "card_error",
            message,
            code=code,
            **({"decline_code": decline} if decline else {}),
            payment_intent=dict(intent),
        )

    def capture(self, intent: Shape, params: Shape) -> Shape:
        self.expire(intent)
        if intent["status"] != "requires_capture":
            raise invalid(
                f"This PaymentIntent could not be captured because it has a status of {intent['status']}.",
                code="payment_intent_unexpected_state",
            )
        amount = int(params.get("amount_to_capture") or intent["amount"])
        if not 0 < amount <= intent["amount_capturable"]:
            raise invalid(
                "The amount to capture is larger than the amount authorised.",
                code="amount_too_large",
                param="amount_to_capture",
            )
        return self._capture(intent, self.store.get("charge", intent["latest_charge"]), amount)

    def _capture(self, intent: Shape, charge: Shape, amount: int) -> Shape:
        transaction = self._transact(
            "charge", amount, objects.processing_fee(amount), charge["id"], charge["currency"]
        )
        charge.update(captured=True, amount_captured=amount, balance_transaction=transaction["id"])
        intent.update(
            status="succeeded", amount_received=amount, amount_capturable=0, next_action=None
        )
        self.store.keep(charge)
        self.store.keep(intent)
        self.emit("charge.succeeded", charge)
        self.emit("payment_intent.succeeded", intent)
        return intent

    def _transact(self, kind: str, amount: int, fee: int, source: str, currency: str) -> Shape:
        return self.store.keep(
            objects.balance_transaction(
                self.store.now, kind, amount, fee, source=source, currency=currency
            )
        )

    def expire(self, intent: Shape) -> None:
        """Give up an authorisation that is older than seven days."""
        if (
            intent["status"] == "requires_capture"
            and self.store.now >= intent["created"] + objects.AUTHORISATION_SECONDS
        ):
            self._canceled(intent, "automatic")

    def cancel(self, intent: Shape, params: Shape) -> Shape:
        if intent["status"] not in CANCELLABLE:
            raise invalid(
                f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}.",
                code="payment_intent_unexpected_state",
            )
        return self._canceled(intent, params.get("cancellation_reason"))

    def _canceled(self, intent: Shape, reason: str | None) -> Shape:
        intent.update(
            status="canceled",
            canceled_at=self.store.now,
            cancellation_reason=reason,
            amount_capturable=0,
            next_action=None,
        )
        self.store.keep(intent)
        self.emit("payment_intent.canceled", intent)
        return intent

    def refund(self, params: Shape) -> Shape:
        charge = self._charge(params)
        left = charge["amount_captured"] - charge["amount_refunded"]
        amount = int(params.get("amount") or left)
        if not charge["captured"] or left == 0:
            raise invalid("Charge has already been refunded.", code="charge_already_refunded")
        if not 0 < amount <= left:
            raise invalid(
                "Refund amount is greater than unrefunded amount on charge.", param="amount"
            )
        number = self.store.secrets.get(charge["payment_method"], "")
        made = objects.refund(
            self.store.now,
            amount=amount,
            currency=charge["currency"],
            charge=charge["id"],
            payment_intent=charge["payment_intent"],
        )
        made["metadata"] = params.get("metadata") or {}
        made["reason"] = params.get("reason")
        transaction = self._transact("refund", -amount, 0, made["id"], charge["currency"])
        made["balance_transaction"] = transaction["id"]
        made["status"] = "failed" if number in cards.REFUND_FAILS else "succeeded"
        self.store.keep(made)
        if made["status"] == "succeeded":
            charge["amount_refunded"] += amount
            charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
            charge["refunds"]["data"].insert(0, made["id"])
        self.store.keep(charge)
        self.emit(
            "charge.refunded" if made["status"] == "succeeded" else "refund.failed",
            charge if made["status"] == "succeeded" else made,
        )
        return made

    def _charge(self, params: Shape) -> Shape:
        if params.get("charge"):
            return self.store.get("charge", params["charge"])
        intent = self.store.get("payment_intent", params.get("payment_intent", ""))
        if not intent["latest_charge"]:
            raise invalid("This PaymentIntent does not have a successful charge to refund.")
        return self.store.get("charge", intent["latest_charge"])

    def transfer(self, params: Shape) -> Shape:
        amount = _amount(params, "amount")
        account = self.store.get("v2.core.account", params.get("destination", ""))
        transfers = account["configuration"]["recipient"]["capabilities"]["stripe_balance"][
            "stripe_transfers"
        ]
        if transfers["status"] != "active":
            raise invalid(
                "Your destination account needs to have at least one of the following capabilities enabled: transfers.",
                code="insufficient_capabilities_for_transfer",
            )
        source = params.get("source_transaction")
        if source:
            charge = self.store.get("charge", source)
            moved = sum(
                t["amount"]
                for t in self.store.of_kind("transfer")
                if t["source_transaction"] == source
            )
            if moved + amount > charge["amount_captured"]:
                raise invalid(
                    "The transfers from this source exceed its amount.",
                    code="transfer_source_balance_parameters_mismatch",
                )
        elif amount > self.balance(params["currency"].lower(), "available"):
            raise invalid(
                "You have insufficient available funds in your Stripe account.",
                code="balance_insufficient",
            )
        made = objects.transfer(
            self.store.now,
            amount=amount,
            currency=params["currency"].lower(),
            destination=account["id"],
        )
        for name in ("source_transaction", "transfer_group", "metadata", "description"):
            if name in params:
                made[name] = params[name]
        made["balance_transaction"] = self._transact(
            "transfer", -amount, 0, made["id"], made["currency"]
        )["id"]
        self.store.keep(made)
        self.emit("transfer.created", made)
        return made

    def reverse(self, transfer: Shape, params: Shape) -> Shape:
        left = transfer["amount"] - transfer["amount_reversed"]
        amount = int(params.get("amount") or left)
        if not 0 < amount <= left:
            raise invalid(
                "The reversal is larger than what is left of the transfer.", param="amount"
            )
        if amount > self.connected_balance(transfer["destination"]):
            raise invalid(
                "Insufficient funds in the destination account.", code="balance_insufficient"
            )
        made = objects.transfer_reversal(
            self.store.now, amount=amount, currency=transfer["currency"], transfer=transfer["id"]
        )
        made["balance_transaction"] = self._transact(
            "transfer_refund", amount, 0, made["id"], made["currency"]
        )["id"]
        transfer["amount_reversed"] += amount
        transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
        self.store.keep(transfer)
        return self.store.keep(made)

    def connected_balance(self, account: str) -> int:
        moved = [t for t in self.store.of_kind("transfer") if t["destination"] == account]
        spent = self.store.secrets.get(f"spent:{account}", "0")
        return sum(t["amount"] - t["amount_reversed"] for t in moved) - int(spent)

    def balance(self, currency: str, part: str) -> int:
        total = 0
        for transaction in self.store.of_kind("balance_transaction"):
            is_available = transaction["available_on"] <= self.store.now or transaction["net"] < 0
            if transaction["currency"] == currency and is_available == (part == "available"):
                total += transaction["net"]
        return total


def _amount(params: Shape, name: str) -> int:
    try:
        amount = int(params[name])
    except (KeyError, ValueError) as error:
        raise invalid(f"Missing required param: {name}.", param=name) from error
    if amount <= 0 or amount > 99_999_999:
        raise invalid("Invalid positive integer", param=name, code="parameter_invalid_integer")
    return amount
