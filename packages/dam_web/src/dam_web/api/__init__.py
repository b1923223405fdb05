"""The REST interface: one router a topic, put together in `dam_web.app`."""
