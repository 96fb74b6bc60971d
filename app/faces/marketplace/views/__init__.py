"""Everything that the marketplace's own host mounts, in order."""

from app.faces.marketplace.views.account import account
from app.faces.marketplace.views.addresses import addresses
from app.faces.marketplace.views.email import email
from app.faces.marketplace.views.home import home
from app.faces.marketplace.views.invitations import invitations
from app.faces.marketplace.views.log import log
from app.faces.marketplace.views.password import password
from app.faces.marketplace.views.privacy import privacy
from app.faces.marketplace.views.prove import prove
from app.faces.marketplace.views.reset import reset
from app.faces.marketplace.views.second_step import second_step
from app.faces.marketplace.views.security import security
from app.faces.marketplace.views.sign_in import sign_in
from app.faces.marketplace.views.sign_up import sign_up
from app.faces.marketplace.views.tokens import tokens

marketplace = (
    home, sign_in, second_step, reset, sign_up, prove, account, addresses, privacy, security,
    password, email, invitations, tokens, log,
)  # fmt: skip
