using System.Net.Http.Json;
using Market.Bitcoin;
using Market.Client.Api;
using Market.Contracts;

namespace Market.Api.Tests.Proof;

/// <summary>The devnet: both chains inside of the server, mined through its routes for tests.</summary>
internal sealed class EmbeddedGround(Script treasury, string? sharechain = null) : ProofGround
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private HttpClient? _http;
    private MarketApi? _api;

    public override string Network => "devnet";

    public override string? Sharechain => sharechain;

    /// <summary>The expiry series that is traded; null where shares never expire.</summary>
    public int? Series { get; set; }

    public override string Instrument => Series is { } series
        ? Contracts.Instrument.IdOf(sharechain!, series)
        : base.Instrument;

    public override IEnumerable<string> ServerArguments =>
    [
        "--mine", "no", "--dev", "yes", "--treasury", treasury.ToString(),
        // Another than the network's own is opened beside it.
        .. sharechain is null ? (string[])[] : ["--sharechain", "p2share", "--sharechain", sharechain],
    ];

    public override Task MeetAsync(Uri server, TimeProvider clock)
    {
        _http = new HttpClient { BaseAddress = server, Timeout = Patience };
        _api = new MarketApi(server);
        return Task.CompletedTask;
    }

    public override Task MineSharesAsync(int count, Script? payTo) =>
        DevAsync("sharechain/mine", new { count, script = (payTo ?? Nobody).ToString(), instrument = Instrument });

    public override Task MineCoinsAsync(int count) => DevAsync("mainchain/mine", new { count, script = Nobody.ToString() });

    public override async Task ReorganiseCoinsAsync(int from)
    {
        var tip = (await _api!.GetChainsAsync(Instrument)).Mainchain.Height;
        await DevAsync("mainchain/fork", new { height = from - 1, count = tip - from + 2 });
    }

    public override ValueTask DisposeAsync()
    {
        _api?.Dispose();
        _http?.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task DevAsync(string what, object body)
    {
        using var answer = await _http!.PostAsJsonAsync($"{Routes.Root}/dev/{what}", body);
        Assert.True(answer.IsSuccessStatusCode, $"{what}: {await answer.Content.ReadAsStringAsync()}");
    }
}
