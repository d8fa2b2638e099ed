using System.Text.Json;
using Market.Client.Api;
using Market.Client.Files;
using Market.Client.Orders;
using Market.Contracts;
using Market.Strategies;

namespace Market.Client.Strategies;

/// <summary>
/// A maker's trades and what became of them, in a file that only grows: what was written is there after a crash, and a start goes
/// on where the last run ended, since the market is asked for what came meanwhile. Trades are told from others of the account by
/// their client order ids.
/// </summary>
public sealed class MakerLedger : IDisposable
{
    private const int FillsAPage = 100;
    private const int MostPages = 100;
    private const int AskedALook = 10;

    // Of a list by numbers of all instruments, times may be a little out of order.
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(10);

    private readonly Dictionary<string, MakerAccounts> _accounts = new(StringComparer.Ordinal);
    private readonly HashSet<(string Instrument, string TradeId)> _known = [];
    private readonly DurableLines? _lines;
    private readonly Func<string, SwapOutcome, SwapCosts?>? _costs;
    private DateTimeOffset? _begun;
    private DateTimeOffset _newest;
    private int _asked;

    private MakerLedger(string? path, Func<string, SwapOutcome, SwapCosts?>? costs)
    {
        _costs = costs;
        _lines = path is null ? null : DurableLines.Open(path, line => TryTake(line.Span));
    }

    /// <summary>Instruments with trades.</summary>
    public IReadOnlyCollection<string> Instruments => _accounts.Keys;

    /// <summary>Since when trades are kept; null where nothing is.</summary>
    public DateTimeOffset? Begun => _begun;

    /// <summary>Where the ledger of a wallet's folder is.</summary>
    public static string PathIn(string folder) => Path.Combine(folder, "bot-ledger.jsonl");

    /// <summary>Opens or begins a ledger.</summary>
    /// <param name="path">Where.</param>
    /// <param name="now">What time it is: a ledger that is new begins now.</param>
    /// <param name="costs">What the own transactions of a swap cost, by its id and how it ended; null where that is not
    /// known.</param>
    /// <exception cref="IOException">Another process has it open.</exception>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static MakerLedger Open(string path, DateTimeOffset now, Func<string, SwapOutcome, SwapCosts?>? costs)
    {
        var ledger = new MakerLedger(path, costs);
        if (ledger._begun is null)
        {
            ledger.Add(new LedgerLine { Kind = LedgerKind.Begun, Time = now });
        }

        return ledger;
    }

    /// <summary>Reads a ledger that another process may be writing.</summary>
    /// <param name="path">Where.</param>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static MakerLedger Read(string path)
    {
        var ledger = new MakerLedger(null, null);
        OrderTermsFile.Read(path, line =>
        {
            if (!ledger.TryTake(line.Span))
            {
                throw new InvalidDataException($"{path} has a line that is none of a ledger.");
            }
        });
        return ledger;
    }

    /// <summary>The accounts of an instrument.</summary>
    public MakerAccounts Of(string instrument)
    {
        if (!_accounts.TryGetValue(instrument, out var accounts))
        {
            accounts = _accounts[instrument] = new MakerAccounts(instrument);
        }

        return accounts;
    }

    /// <summary>Asks the market for own fills that are not known yet, and for what became of those that are.</summary>
    /// <param name="api">The market.</param>
    /// <param name="prefix">What the client order ids of the maker's orders begin with.</param>
    /// <param name="cancellation">Gives up: what was written down stays.</param>
    /// <exception cref="MarketUnavailableException">No market answers.</exception>
    public async Task HearAsync(MarketApi api, string prefix, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(api);
        var since = (_newest > _begun ? _newest : _begun!.Value) - Overlap;
        var heard = new List<Fill>();
        string? cursor = null;
        for (var pages = 0; pages < MostPages && (pages == 0 || cursor is not null); pages++)
        {
            var page = await api.GetFillsAsync(FillsAPage, cursor, cancellation).ConfigureAwait(false);
            heard.AddRange(page.Items.Where(fill => OrderCoins.HasPrefix(fill.ClientOrderId, prefix)));
            cursor = page.Items.Count > 0 && page.Items[^1].Time >= since ? page.NextCursor : null;
        }

        // Oldest first, so that a crash between two lines leaves none out: the next look begins at the newest.
        foreach (var fill in heard.Where(fill => fill.Time >= _begun).Reverse())
        {
            Take(fill);
        }

        var seen = heard.Select(fill => (fill.Instrument, fill.TradeId)).ToHashSet();
        var others = _accounts.Values.SelectMany(each => each.Pending).Where(trade => !seen.Contains(trade.Key)).ToList();
        for (var i = 0; i < Math.Min(AskedALook, others.Count); i++)
        {
            var trade = others[(_asked + i) % others.Count];
            var swap = (await api.GetSwapAsync(trade.SwapId!, cancellation).ConfigureAwait(false)).Summary;
            End(trade.Instrument, trade.TradeId!, trade.SwapId!, swap.Outcome, swap.UpdatedAt);
        }

        _asked += AskedALook;
    }

    /// <inheritdoc/>
    public void Dispose() => _lines?.Dispose();

    private void Take(Fill fill)
    {
        if (!_known.Contains((fill.Instrument, fill.TradeId)))
        {
            Add(new LedgerLine
            {
                Kind = LedgerKind.Trade,
                Time = fill.Time,
                Instrument = fill.Instrument,
                TradeId = fill.TradeId,
                SwapId = fill.SwapId,
                Side = fill.Side,
                Price = fill.Price,
                Quantity = fill.Quantity,
                Notional = fill.Notional,
                Fee = fill.Fee,
            });
        }

        End(fill.Instrument, fill.TradeId, fill.SwapId, fill.SwapOutcome ?? SwapOutcome.Moving, fill.Time);
    }

    private void End(string instrument, string trade, string swap, SwapOutcome outcome, DateTimeOffset time)
    {
        if (outcome == SwapOutcome.Moving || Of(instrument).Pending.All(pending => pending.TradeId != trade))
        {
            return;
        }

        var costs = _costs?.Invoke(swap, outcome);
        Add(new LedgerLine
        {
            Kind = LedgerKind.End,
            Time = time,
            Instrument = instrument,
            TradeId = trade,
            SwapId = swap,
            Outcome = outcome,
            CoinFees = costs?.Coins,
            ShareFees = costs?.Shares,
        });
    }

    private void Add(LedgerLine line)
    {
        _lines?.Append(JsonSerializer.SerializeToUtf8Bytes(line, MarketJson.Options));
        Take(line);
    }

    private bool TryTake(ReadOnlySpan<byte> bytes)
    {
        try
        {
            if (JsonSerializer.Deserialize<LedgerLine>(bytes, MarketJson.Options) is not { } line)
            {
                return false;
            }

            Take(line);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private void Take(LedgerLine line)
    {
        switch (line.Kind)
        {
            case LedgerKind.Begun:
                _begun ??= line.Time;
                break;
            case LedgerKind.Trade:
                _known.Add(line.Key);
                _newest = line.Time > _newest ? line.Time : _newest;
                Of(line.Instrument).Take(line);
                break;
            default:
                Of(line.Instrument).Take(line);
                break;
        }
    }
}
