"""What customers are worth: purchase, spend and retention models."""

from cxmodels.clv.counts import purchase_counts

__all__ = ["purchase_counts"]
