"""The database: schema, migrations, gate, queries. SQL lives here and nowhere else."""
