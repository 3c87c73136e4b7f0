"""The words the bot speaks, and the fronts that speak them."""
