"""A judged candidate comes in; released versions, their stages and their history go out."""
