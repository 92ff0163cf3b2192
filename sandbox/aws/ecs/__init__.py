"""An ECS that lives: services roll out, tasks are processes of the stand-in application at own addresses.

moto keeps what was asked for; the scheduler here reads that, starts and stops processes, and writes back what
became of them. The first container of a task definition is the one that runs. Not here: tasks outside of
services (RunTask), task sets, and deployment controllers other than ECS's own rolling update.
"""
