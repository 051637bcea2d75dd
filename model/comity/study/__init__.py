"""The name `study`, which the room of studies had before; scripts that were written then go on."""
