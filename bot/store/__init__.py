"""The only SQL: tables, the unit of work, the job table."""
