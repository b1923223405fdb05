"""The pages of the browser interface. Only this room loads NiceGUI."""
