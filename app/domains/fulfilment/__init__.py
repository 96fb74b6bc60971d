"""How goods reach the buyer: shipping options by zone. Shipments and returns come later."""
