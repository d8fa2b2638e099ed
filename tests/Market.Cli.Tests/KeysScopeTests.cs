using Market.Cli.Verbs;
using Market.Contracts;

namespace Market.Cli.Tests;

/// <summary>Scopes of API keys as they are typed.</summary>
public sealed class KeysScopeTests
{
    [Fact]
    public void Scopes_are_read_in_any_order_and_each_counts_once()
    {
        Assert.Equal([ApiKeyScope.Trade, ApiKeyScope.Read], KeysCreateCommand.ParseScopes("trade, read,trade"));
        Assert.Equal("read,swap", KeysListCommand.WordsOf([ApiKeyScope.Read, ApiKeyScope.Swap]));
    }

    [Theory]
    [InlineData("all")]
    [InlineData("Read")]
    [InlineData("read;trade")]
    [InlineData("0")]
    public async Task What_is_no_scope_is_refused_before_a_wallet_is_opened(string scopes)
    {
        var (code, _, error) = await CapturedConsole.RunAsync("keys", "create", "--scopes", scopes);
        Assert.Equal(1, code);
        Assert.Contains("[bad-scope]", error, StringComparison.Ordinal);
    }
}
