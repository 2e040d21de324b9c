"""The doctor: many small questions about how the bot is set up, side by side, each answer naming what to mend."""
