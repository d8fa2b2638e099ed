using System.Text.Json;
using Market.Testing;

namespace Market.Web.Tests.Browser;

/// <summary>
/// A bot written from the OpenAPI document alone, in Node with npm's @microsoft/signalr, against the real server.
/// </summary>
[Collection("demo")]
public sealed class NodeBotTests(Demo demo)
{
    private const int Changes = 8;
    private const int BotSeconds = 300;

    [Fact]
    public async Task The_bot_follows_the_book_and_its_checksum_stays_right()
    {
        var said = await NodeBots.RunAsync(
            "follow.mjs", TimeSpan.FromSeconds(BotSeconds + 60), demo.Market.Address, $"{Changes}", $"{BotSeconds}",
            "P2SHARE-BTC");

        using var result = JsonDocument.Parse(said);
        Assert.Equal(0, result.RootElement.GetProperty("mismatches").GetInt32());
        var final = result.RootElement.GetProperty("trades").GetProperty("final").GetInt32();
        Assert.Equal(final == 0, result.RootElement.GetProperty("last").ValueKind == JsonValueKind.Null);
        Assert.True(result.RootElement.GetProperty("deltas").GetInt32() >= Changes, said);
    }
}
