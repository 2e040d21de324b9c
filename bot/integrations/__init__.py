"""Hand-off to what others run: paging, and a webhook for everything else; off until it is configured."""
