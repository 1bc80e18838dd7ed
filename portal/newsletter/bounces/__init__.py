"""Bounces and complaints: addressed by signed words, kept as they came, read as MIME, and counted once."""
