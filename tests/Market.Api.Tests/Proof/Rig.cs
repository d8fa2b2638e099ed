using System.Globalization;
using Market.Bitcoin;
using Market.Chains.Stratum;
using Market.Testing.Chains;

namespace Market.Api.Tests.Proof;

/// <summary>A machine that mines for an address at a market's Stratum port, as a CPU miner does.</summary>
internal sealed class Rig : IAsyncDisposable
{
    // Refusals that an honest miner meets where work changes under its hands.
    private const int Late = 21;
    private const int Low = 23;

    private readonly StratumClient _client;
    private readonly string _user;
    private uint _extraNonce;

    private Rig(StratumClient client, string user) => (_client, _user) = (client, user);

    /// <summary>The difficulty that the server asks for.</summary>
    public double Difficulty => _client.Wire.Difficulty;

    public static async Task<Rig> ConnectAsync(int port, string user) =>
        new(await StratumClient.MiningAsync(new(System.Net.IPAddress.Loopback, port), user), user);

    /// <summary>Waits for work on a Bitcoin block.</summary>
    public async Task HearAsync(BlockId on)
    {
        // The answer comes behind whatever the server said until now.
        await _client.AskAsync("mining.ping");
        await _client.HearUntilAsync(() => HeaderOf(_client.Wire.Job, "00000000", 0).Previous == on);
    }

    /// <summary>Mines a result of the newest work and hands it in.</summary>
    /// <param name="least">Its hash has at least this difficulty.</param>
    /// <param name="below">And less than this.</param>
    /// <returns>Its header; null where it came too late.</returns>
    public async Task<BlockHeader?> HandInAsync(double least, double below)
    {
        while (true)
        {
            var job = _client.Wire.Job;
            var extra = (++_extraNonce).ToString("x8", CultureInfo.InvariantCulture);
            var result = _client.Wire.Mine(_user, extra, job, least);
            var header = HeaderOf(job, extra, uint.Parse(result[^1], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            if (StratumDifficulty.Of(header.Id.Value.ToU256()) >= below)
            {
                continue;
            }

            var refusal = await _client.SubmitAsync(result);
            Assert.True(refusal is 0 or Late or Low, $"The server refused the result: {refusal}");
            return refusal == 0 ? header : null;
        }
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private BlockHeader HeaderOf(WireJob job, string extraNonce2, uint nonce)
    {
        Assert.True(BlockHeader.TryParse(_client.Wire.Header(job, extraNonce2), out var header));
        return header with { Nonce = nonce };
    }
}
