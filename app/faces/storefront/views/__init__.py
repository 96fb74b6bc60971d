"""Everything that a storefront mounts, in order."""

from app.faces.shared.hand_over import make_sign_in
from app.faces.storefront.carts import bring_basket, leave_basket
from app.faces.storefront.views.account import account
from app.faces.storefront.views.basket import basket
from app.faces.storefront.views.browsing import browsing
from app.faces.storefront.views.checkout import checkout
from app.faces.storefront.views.orders import orders

storefront = (
    make_sign_in("storefront", arrived=bring_basket, left=leave_basket),
    browsing,
    basket,
    checkout,
    orders,
    account,
)
