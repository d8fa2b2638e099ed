using Market.Testing.Chains;

[assembly: AssemblyFixture(typeof(TestPostgres))]
