"""See whether somebody has become worse, with a stated rate of false alarms.

`control_limits` for a chart of groups, `change_alarm` for a sequence of right
and wrong answers that is looked at after every one.
"""

from peritus.algorithms.drift.alarm import ChangeAlarm, change_alarm
from peritus.algorithms.drift.limits import control_limits

__all__ = ["ChangeAlarm", "change_alarm", "control_limits"]
