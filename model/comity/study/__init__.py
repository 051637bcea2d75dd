"""The name that the room of studies had before; scripts that were written then go on."""
