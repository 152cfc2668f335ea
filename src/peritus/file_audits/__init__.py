"""Audit any file of answers without set-up: findings, a drawn audit, a certificate."""
