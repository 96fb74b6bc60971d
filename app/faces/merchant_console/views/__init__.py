"""Everything that the merchants' console mounts, in order."""

from app.faces.merchant_console.views.approvals import approvals
from app.faces.merchant_console.views.collections import collections
from app.faces.merchant_console.views.customers import customers
from app.faces.merchant_console.views.home import home
from app.faces.merchant_console.views.log import log
from app.faces.merchant_console.views.making import making
from app.faces.merchant_console.views.money import money
from app.faces.merchant_console.views.orders import orders
from app.faces.merchant_console.views.own_stock import own_stock
from app.faces.merchant_console.views.people import people
from app.faces.merchant_console.views.pictures import pictures
from app.faces.merchant_console.views.products import products
from app.faces.merchant_console.views.profile import profile
from app.faces.merchant_console.views.profile_pictures import profile_pictures
from app.faces.merchant_console.views.refunds import refunds
from app.faces.merchant_console.views.rights import rights
from app.faces.merchant_console.views.roles import roles
from app.faces.merchant_console.views.tokens import tokens
from app.faces.shared.hand_over import make_sign_in

merchant_console = (
    make_sign_in("merchant_console"),
    home,
    orders,
    refunds,
    approvals,
    customers,
    products,
    making,
    pictures,
    collections,
    own_stock,
    money,
    tokens,
    log,
    profile,
    profile_pictures,
    people,
    roles,
    rights,
)
