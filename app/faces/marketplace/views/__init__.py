"""Everything that the marketplace's own host mounts, in order."""

from app.faces.marketplace.views.account import account
from app.faces.marketplace.views.email import email
from app.faces.marketplace.views.home import home
from app.faces.marketplace.views.log import log
from app.faces.marketplace.views.prove import prove
from app.faces.marketplace.views.sign_in import sign_in
from app.faces.marketplace.views.sign_up import sign_up

marketplace = (home, sign_in, sign_up, prove, account, email, log)
