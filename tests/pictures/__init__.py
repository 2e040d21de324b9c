"""Pictures of what people see, drawn from the cards that the bot sends."""
