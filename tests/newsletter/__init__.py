"""Tests of audiences, consent and leaving."""
