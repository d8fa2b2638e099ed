using System.Net.Http.Json;
using Market.Bitcoin;
using Market.Chains;
using Market.Contracts;
using Market.Sharechain;
using Market.Testing.Chains;
using FoundBlock = Market.Contracts.FoundBlock;
using FoundFate = Market.Contracts.FoundFate;

namespace Market.Api.Tests.Proof;

/// <summary>
/// The same ground, mined as miners do who know nothing of shares: machines at the market's Stratum port. What they find the market
/// itself hands to the node.
/// </summary>
internal sealed class MinersGround(string kind, Script treasury, string design) : NodeGround(kind, treasury, isAhead: false)
{
    // A result's difficulty is told in six digits.
    private const double Surely = 1.001;
    private const int Newest = 8;

    private readonly int _port = NodeHost.FreePort();
    private readonly Dictionary<Script, Rig> _rigs = [];
    private readonly List<MinedWork> _mined = [];
    private HttpClient? _http;

    public override string? Sharechain => design == SharechainProfile.Of(Network).Design ? null : design;

    public override string Instrument =>
        Contracts.Instrument.IdOf(design, SharechainProfile.Of(Network, design)!.SeriesLength is null ? null : 0);

    public override IEnumerable<string> ServerArguments =>
        [.. base.ServerArguments, "--sharechain", design, "--stratum", $"127.0.0.1:{_port}"];

    /// <summary>What the machines found, in order.</summary>
    public IReadOnlyList<MinedWork> Mined => _mined;

    public override async Task MeetAsync(Uri server, TimeProvider clock)
    {
        _http = new HttpClient { BaseAddress = server };
        await base.MeetAsync(server, clock);
    }

    /// <summary>How the address of shares stands that a script is of, as the market tells its miner.</summary>
    public Task<Miner> MinerAsync(Script script) =>
        GetAsync<Miner>($"{Routes.Miners}/{AddressOf(script)}?instrument={Instrument}");

    /// <summary>A share block as the explorer tells it.</summary>
    public Task<BlockDetail> BlockAsync(string id) =>
        GetAsync<BlockDetail>(Of(Routes.Block).Replace("{block}", id, StringComparison.Ordinal));

    /// <summary>Bitcoin blocks that the sharechain found, the newest first.</summary>
    public Task<FoundBlocks> FoundAsync(int limit = 1_000) => GetAsync<FoundBlocks>($"{Of(Routes.Found)}?limit={limit}");

    /// <summary>Has a machine hand in results that are no shares, and each of which is a Bitcoin block.</summary>
    public async Task MineWeakAsync(int count, Script payTo)
    {
        var rig = await RigOfAsync(payTo);
        while (count > 0)
        {
            var next = await ReadyAsync(rig);
            if (await rig.HandInAsync(rig.Difficulty, await ShareDifficultyAsync() / Surely) is { } header
                && await KeepAsync(header.Id, next, payTo))
            {
                Assert.True(_mined[^1].Found.IsWeak);
                await PaysAsync(header.Id, next, payTo);
                count--;
            }
        }
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var rig in _rigs.Values)
        {
            await rig.DisposeAsync();
        }

        _http?.Dispose();
        await base.DisposeAsync();
    }

    protected override async Task<BlockId> FindAsync(Script payTo)
    {
        var rig = await RigOfAsync(payTo);
        while (true)
        {
            var next = await ReadyAsync(rig);
            if (await rig.HandInAsync(await ShareDifficultyAsync() * Surely, double.PositiveInfinity) is { } header
                && await KeepAsync(header.Id, next, payTo))
            {
                await Eventually.TrueAsync(
                    async () => (await Miner.Sharechain.GetTipAsync()).Height == next.Height, "the share is the tip");
                return header.Id;
            }
        }
    }

    private async Task<NextPayout> ReadyAsync(Rig rig)
    {
        await CatchUpAsync();
        await rig.HearAsync(new BlockId((await Rpc.GetTipAsync()).Id));
        return await Miner.Sharechain.GetNextPayoutAsync();
    }

    // False where the work stood on an older share: that on a new Bitcoin block may be given before that of the share behind it.
    private async Task<bool> KeepAsync(BlockId id, NextPayout next, Script payTo)
    {
        FoundBlock? found = null;
        await Eventually.TrueAsync(
            async () => (found = (await FoundAsync(Newest)).Items.FirstOrDefault(each => each.Id == id.ToString()))
                is { Fate: FoundFate.Accepted },
            "the market says that the block was accepted");
        _mined.Add(new MinedWork(payTo, found!, await PaidByAsync(id)));
        return found!.ShareHeight == next.Height;
    }

    private async Task<double> ShareDifficultyAsync() =>
        (await GetAsync<MiningServer>($"{Routes.Miners}?instrument={Instrument}")).ShareDifficulty!.Value;

    private async Task<Rig> RigOfAsync(Script script)
    {
        if (!_rigs.TryGetValue(script, out var rig))
        {
            _rigs[script] = rig = await Rig.ConnectAsync(_port, AddressOf(script) + ".rig");
        }

        return rig;
    }

    private string AddressOf(Script script) => BitcoinAddress.FromScript(script, Miner.Sharechain.Network).ToString();

    private string Of(string route) => route.Replace("{chain}", Miner.Sharechain.Name, StringComparison.Ordinal);

    private async Task<T> GetAsync<T>(string path) =>
        (await _http!.GetFromJsonAsync<T>(new Uri(path, UriKind.Relative), MarketJson.Options))!;
}

/// <summary>Work that a machine handed in, and what came of it.</summary>
/// <param name="By">Whom the machine mines for.</param>
/// <param name="Found">The Bitcoin block, as the market tells of it.</param>
/// <param name="Paid">What its coinbase pays.</param>
internal sealed record MinedWork(Script By, FoundBlock Found, IReadOnlyList<TxOut> Paid);
