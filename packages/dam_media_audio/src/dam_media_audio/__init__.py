"""Sound: duration, codec, tags, cover and waveform."""
