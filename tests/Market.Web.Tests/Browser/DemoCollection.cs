namespace Market.Web.Tests.Browser;

/// <summary>The tests of the one demo.</summary>
[CollectionDefinition("demo")]
public sealed class DemoCollection : ICollectionFixture<Demo>;
