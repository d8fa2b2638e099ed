using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Watching;
using Market.Client.Agent;
using Market.Client.Api;
using Market.Client.Keys;
using Market.Client.Orders;
using Market.Client.Recovery;
using Market.Client.Wallets;
using Market.Contracts;
using Market.Swaps.Agent;

namespace Market.Client.Tests.Agent;

/// <summary>
/// One side with its folder on disk. Its agent can be dropped at any moment without a word and opened again from the
/// folder and the seed alone.
/// </summary>
internal sealed class Party : IDisposable
{
    public const string SwapId = "swap-1";

    private readonly Arena _arena;
    private readonly byte[] _seed = new byte[Seed.Length];
    private string _folder;
    private OrderLog _orders;
    private bool _isRestored;
    private WalletKeys _keys;
    private SwapJournal? _journal;

    public Party(Arena arena, byte number, Side side)
    {
        (_arena, Side) = (arena, side);
        Array.Fill(_seed, number);
        _folder = Path.Combine(arena.Folder, side.ToString());
        Directory.CreateDirectory(_folder);
        _orders = OrderLog.Open(Path.Combine(_folder, "orders.jsonl"));
        OrderId = $"order-{number}";
        (_keys, Wallet, Agent) = Open(null);
    }

    public Side Side { get; }

    /// <summary>Opens its Bitcoin node at the next start; null for one that is always there.</summary>
    public Func<IChain>? MainchainNode { get; set; }

    /// <summary>False where the search of the chains for the seed's swaps does not come on.</summary>
    public bool MayRecover { get; set; } = true;

    public string OrderId { get; set; }

    /// <summary>A file of notes, as a program writes it that sends orders for this party.</summary>
    public string NotesPath => Path.Combine(_folder, "notes", "bot.jsonl");

    public Wallet Wallet { get; private set; }

    public SwapAgent Agent { get; private set; }

    public Fate Fate { get; private set; } = new();

    public List<string> Notices { get; } = [];

    public string Account => _keys.Account;

    public AgentSwap Swap => Agent.Swaps.Single();

    /// <summary>The swap's secrets, in hex, that must never be seen; the preimage last.</summary>
    public IReadOnlyList<string> Secrets
    {
        get
        {
            using var claim = _keys.SwapClaimKey(Swap.KeyIndex);
            using var refund = _keys.SwapRefundKey(Swap.KeyIndex);
            using var preimage = _keys.SwapPreimage(Swap.KeyIndex);
            using var coin = _keys.KeyOf(ChainKind.Mainchain, false, 0);
            using var share = _keys.KeyOf(ChainKind.Sharechain, false, 0);
            var keys = new[] { claim, refund, coin, share }.Select(Hex);
            return [Convert.ToHexStringLower(_seed), .. keys, preimage.Reveal().ToString()];
        }
    }

    public Script ScriptOn(ChainKind chain) => Wallet.PrimaryScript(chain);

    public void Order(
        Price price, Quantity quantity, string? instrument = null, TimeInForce? timeInForce = null,
        DateTimeOffset? expires = null, DateTimeOffset? placed = null)
    {
        _orders.Add(new SentOrder(OrderId, instrument ?? TradedInstrument.IdOf(_arena.Shares), Side, price, quantity)
        {
            TimeInForce = timeInForce,
            ExpiresAt = expires,
        });
        _orders.Settle(OrderId, SentOrderState.Placed, placed ?? _arena.Clock.Now);
    }

    /// <summary>The process dies; a new one starts from the folder and the seed.</summary>
    public void Restart(bool withoutMarket = false)
    {
        _keys.Dispose();
        (_keys, Wallet, Agent) = Open(withoutMarket ? null : _arena.Exchange);
    }

    public WalletKeys Keys => _keys;

    /// <summary>The journal knows all swaps of the seed.</summary>
    public bool IsWhole => _journal!.IsComplete;

    /// <summary>A copy of the folder as it is now, to be gone back to.</summary>
    public string Copy()
    {
        var copy = $"{_folder}-copy";
        Directory.CreateDirectory(copy);
        foreach (var file in Directory.EnumerateFiles(_folder).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)))
        {
            using var from = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var to = File.Create(Path.Combine(copy, Path.GetFileName(file)));
            from.CopyTo(to);
        }

        return copy;
    }

    /// <summary>The process starts from an older copy of its folder.</summary>
    public void GoBackTo(string copy) => MoveTo(copy, _arena.Exchange);

    /// <summary>Every file is lost, and the machine with it: another one starts from the seed alone.</summary>
    public void LoseAll(bool withoutMarket = false)
    {
        var lost = _folder;
        MoveTo(_folder + "-restored", withoutMarket ? null : _arena.Exchange);
        Directory.Delete(lost, recursive: true);
    }

    private void MoveTo(string folder, HttpMessageHandler? market)
    {
        _keys.Dispose();
        _journal!.Dispose();
        _orders.Dispose();
        _folder = folder;
        Directory.CreateDirectory(_folder);
        _orders = OrderLog.Open(Path.Combine(_folder, "orders.jsonl"));
        _isRestored = true;
        (_keys, Wallet, Agent) = Open(market);
    }

    /// <summary>The folder is lost but for the journal of swaps.</summary>
    public void LoseWalletFile() => File.Delete(Path.Combine(_folder, "wallet.json"));

    public async Task<long> TotalAsync(ChainKind chain) => (await Wallet.GetBalanceAsync(chain)).Total.Sats;

    /// <summary>One step; where the agent dies in it, it is opened again.</summary>
    public async Task StepAsync()
    {
        try
        {
            await Agent.StepAsync();
        }
        catch (KilledException)
        {
            Notices.Add("killed");
            Restart();
        }
    }

    /// <summary>Everything in the folder, as text.</summary>
    public string Disk() => string.Join(
        '\n', Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories)
            .Where(path => !path.EndsWith(".lock", StringComparison.Ordinal)).Select(ReadShared));

    public void Dispose()
    {
        _orders.Dispose();
        _journal?.Dispose();
        _keys.Dispose();
    }

    private static string ReadShared(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static string Hex(PrivateKey key)
    {
        var bytes = new byte[PrivateKey.Length];
        key.ExportTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    private (WalletKeys Keys, Wallet Wallet, SwapAgent Agent) Open(HttpMessageHandler? market)
    {
        Fate = new Fate { DieBefore = null, DieAfter = null };
        using var seed = new Seed(_seed);
        var keys = new WalletKeys(seed, MessageExchange.Network, _arena.Chains.Sharechain);
        var wallet = new Wallet(
            keys,
            WalletFile.Open(Path.Combine(_folder, "wallet.json"), _arena.Chains),
            MainchainNode is { } node ? node() : new CrashingChain(_arena.Main, Fate, () => _arena.Replaces, () => _arena.Estimate),
            _arena.Shares.Profile.Window is not null ? _arena.Shares
                : new CrashingChain(_arena.Shares, Fate, () => _arena.Replaces, () => _arena.Estimate));
        var api = market is null ? null : new MarketApi(new Uri("http://market.test"), keys, _arena.Clock, market);
        _journal?.Dispose();
        _journal = SwapJournal.Open(Path.Combine(_folder, "swaps.journal"), _arena.Chains);
        var isWhole = _journal.IsComplete;
        var recovery = new AgentRecovery(wallet, _journal, MessageExchange.Network, 0, notice => Notices.Add(notice.Text));
        var agent = new SwapAgent(
            new AgentOptions
            {
                Network = MessageExchange.Network,
                MarketPatience = _arena.MarketPatience,
                ChainPatience = _arena.ChainPatience,
            },
            wallet,
            _journal,
            new AgentParts
            {
                Market = api,
                Orders = _orders,
                Time = _arena.Clock,
                Recover = cancellation => MayRecover ? recovery.StepAsync(Agent, cancellation) : Task.CompletedTask,
                Sources = async (chain, head, cancellation) =>
                {
                    await (Fate.AskedForSources?.Invoke(cancellation) ?? Task.CompletedTask);
                    return new ChainLook(head, await chain.GetTroubleAsync(cancellation));
                },
            })
        {
            OnNotice = notice => Notices.Add($"{notice.Kind} {notice.SwapId} {notice.Text}"),
        };

        // A journal that went on nowhere else need not be looked after at each of many starts.
        if (isWhole && !_isRestored)
        {
            _journal.Complete(0);
        }

        return (keys, wallet, agent);
    }
}
