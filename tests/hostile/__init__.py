"""The portal, attacked: families of attacks made from the address map, the forms and the tables themselves."""
