"""Everything that the platform's console mounts, in order."""

from app.faces.admin_console.views.approvals import approvals
from app.faces.admin_console.views.journals import journals
from app.faces.admin_console.views.log import log
from app.faces.admin_console.views.operations import operations
from app.faces.admin_console.views.people import people
from app.faces.admin_console.views.shops import shops
from app.faces.admin_console.views.unanswered import unanswered
from app.faces.shared.hand_over import make_sign_in

admin_console = (
    make_sign_in("admin_console"),
    shops,
    operations,
    unanswered,
    journals,
    approvals,
    people,
    log,
)
