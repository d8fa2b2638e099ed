using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using Market.Contracts;

namespace Market.Strategies;

/// <summary>
/// The maker's own code, quoting in what was recorded of a market: events in their order, looks at the pace of <see
/// cref="MakerOptions"/>, fills by the engine (<see cref="BackTestReport.Supposes"/> says by what rule), swaps that end after a
/// time and fail as a seed draws. The same events and options give the same report.
/// </summary>
public sealed class BackTest
{
    private readonly BackTestOptions _options;
    private readonly MakerCore _maker;
    private readonly MakerAccounts _accounts;
    private readonly MirroredBook _book;
    private readonly BackTestPurse _purse;
    private readonly BackTestTally _tally;
    private readonly PriorityQueue<OpenSwap, (DateTimeOffset At, long Number)> _swaps = new();
    private DateTimeOffset? _begun;
    private DateTimeOffset _now;
    private DateTimeOffset _nextLook;
    private (DateTimeOffset At, MakerPlan Plan)? _underWay;
    private TapeEvent.Valued? _value;
    private long _sequence;
    private long _lastTrade;
    private long _fills;
    private bool _isOpen;

    /// <summary>A back-test that has seen nothing yet.</summary>
    /// <exception cref="ArgumentException">The options contradict themselves.</exception>
    public BackTest(BackTestOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options.WhyNot is { } why ? throw new ArgumentException(why, nameof(options)) : options;
        _maker = new MakerCore(options.Maker);
        _accounts = new MakerAccounts(options.Instrument);
        _book = new MirroredBook(options.Rules, Fill);
        _purse = new BackTestPurse(options);
        _tally = new BackTestTally();
    }

    /// <summary>Plays the next event. One that is told as earlier than the one before comes at the same time.</summary>
    /// <exception cref="InvalidDataException">What was recorded fits no order book.</exception>
    public void Take(TapeEvent next)
    {
        ArgumentNullException.ThrowIfNull(next);
        if (_begun is null)
        {
            _begun = _now = _nextLook = next.At;
        }

        AdvanceTo(next.At);
        _tally.Events++;
        switch (next)
        {
            case TapeEvent.Book whole:
                _book.Take(whole.Snapshot);
                (_sequence, _isOpen, _nextLook) = (whole.Snapshot.Sequence, true, Later(_nextLook, _now));
                break;
            case TapeEvent.Change change when _isOpen:
                TakeChange(change.Delta);
                break;
            case TapeEvent.Traded { Trade: var trade }:
                TakeTrade(trade);
                break;
            case TapeEvent.Valued valued:
                _value = valued;
                if (_isOpen && valued.Face > 0)
                {
                    _book.Move(valued.Face, _options.Rules.TickSize);
                }

                break;
            case TapeEvent.Gap:
                Close();
                break;
            default:
                break;
        }
    }

    /// <summary>Ends it and says what it came to.</summary>
    /// <exception cref="InvalidDataException">Nothing was played.</exception>
    public BackTestReport End()
    {
        var from = _begun ?? throw new InvalidDataException("Nothing of this instrument was recorded.");
        _tally.Total(_accounts.At(Mark).Total);
        var seconds = (_now - from).TotalSeconds;
        return new BackTestReport
        {
            Instrument = _options.Instrument,
            From = from,
            To = _now,
            Events = _tally.Events,
            Trades = _tally.Trades,
            Gaps = _tally.Gaps,
            GapSeconds = _tally.GapSeconds,
            Seed = _options.Seed,
            Looks = _tally.Looks,
            Quotes = _tally.Quotes,
            Unfunded = _tally.Unfunded,
            MakerFills = _tally.MakerFills,
            TakerFills = _tally.TakerFills,
            BidTime = Part(_tally.BidSeconds, seconds),
            AskTime = Part(_tally.AskSeconds, seconds),
            BothTime = Part(_tally.BothSeconds, seconds),
            LeastShares = _purse.LeastShares,
            MostShares = _purse.MostShares,
            EndShares = _purse.Shares,
            EndCoins = _purse.Coins,
            Result = _accounts.At(Mark),
            Drawdown = _tally.Drawdown,
        };
    }

    private decimal Mark => _value?.Worth ?? 0;

    private void TakeChange(BookDelta delta)
    {
        if (delta.Sequence != _sequence + 1)
        {
            // A change is missing, whatever the recording says: nothing is known until the next whole book.
            Close();
            return;
        }

        _sequence = delta.Sequence;
        _book.Take(delta);
    }

    private void TakeTrade(Trade trade)
    {
        // Told again when its status changes, and again with a snapshot: it is one trade.
        if (!long.TryParse(trade.Id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number <= _lastTrade)
        {
            return;
        }

        _lastTrade = number;
        _tally.Trades++;
        if (_isOpen)
        {
            _book.Take(trade);
        }
    }

    private void Close()
    {
        if (_isOpen)
        {
            _tally.Gaps++;
        }

        _book.Withdraw();
        _maker.Forget();
        (_isOpen, _underWay) = (false, null);
    }

    // Orders that arrive, swaps that end and looks, in the order of their times.
    private void AdvanceTo(DateTimeOffset to)
    {
        while (true)
        {
            var arrives = _underWay?.At ?? DateTimeOffset.MaxValue;
            var ends = _swaps.TryPeek(out _, out var first) ? first.At : DateTimeOffset.MaxValue;
            var looks = _isOpen ? _nextLook : DateTimeOffset.MaxValue;
            var next = Earlier(arrives, Earlier(ends, looks));
            if (next > to)
            {
                break;
            }

            Pass(next);
            if (arrives == next)
            {
                var (_, plan) = _underWay!.Value;
                _underWay = null;
                Carry(plan);
            }
            else if (ends == next)
            {
                EndSwap(_swaps.Dequeue());
            }
            else
            {
                Look();
                _nextLook = next + _options.Maker.Pause;
            }
        }

        Pass(to);
    }

    private void Pass(DateTimeOffset to)
    {
        if (to > _now)
        {
            _tally.Pass((to - _now).TotalSeconds, _isOpen, _book.Standing);
            _now = to;
        }
    }

    private void Look()
    {
        _tally.Looks++;
        if (_value is not { } value || _now - value.At > _options.WorthAge || value.Worth < _options.Rules.TickSize.Sats)
        {
            return;
        }

        _tally.Total(_accounts.At(value.Worth).Total);
        var plan = _maker.Look(new MakerView
        {
            Worth = value.Worth,
            Face = value.Face > 0 ? value.Face : null,
            Standing = [.. _book.Standing],
            Held = _purse.Shares,
            Coming = _accounts.Coming,
            // What is sold left the purse when it traded.
            Going = 0,
            Rules = _options.Rules,
        });
        if (plan.IsAnew || plan.Quotes.Count > 0)
        {
            _underWay = (_now + _options.Latency, plan);
        }
    }

    private void Carry(MakerPlan plan)
    {
        if (plan.IsAnew)
        {
            _book.Withdraw();
        }

        var isOut = new HashSet<Side>();
        foreach (var quote in plan.Quotes.Where(quote => !isOut.Contains(quote.Side)))
        {
            if (!_purse.CanPlace(quote, _book.Standing))
            {
                _tally.Unfunded++;
                isOut.Add(quote.Side);
                continue;
            }

            _tally.Quotes++;
            // Face value may have moved on the way.
            _book.Place(quote.Discount is { } part && _value is { Face: > 0 } value
                ? quote with { Price = MakerCore.PriceOf(quote.Side, part, quote.Worst, value.Face, _options.Rules.TickSize) }
                : quote);
        }
    }

    private void Fill(MirroredFill fill)
    {
        var number = ++_fills;
        _tally.Fill(fill.IsMaker);
        var notional = Sats.Notional(fill.Price, fill.Quantity);
        var rate = fill.IsMaker ? _options.Rules.MakerFee : _options.Rules.TakerFee;
        var line = new LedgerLine
        {
            Kind = LedgerKind.Trade,
            Time = _now,
            Instrument = _options.Instrument,
            TradeId = number.ToString(CultureInfo.InvariantCulture),
            Side = fill.Side,
            Price = fill.Price,
            Quantity = fill.Quantity,
            Notional = notional,
            Fee = new Sats((long)decimal.Ceiling(notional.Value * rate)),
        };
        _accounts.Take(line);
        _purse.Trade(line);
        var isToFail = Draw(number) < _options.SwapFailures;
        _swaps.Enqueue(new OpenSwap(line, isToFail), (_now + (isToFail ? _options.RefundTime : _options.SwapTime), number));
    }

    private void EndSwap(OpenSwap swap)
    {
        var end = _purse.End(swap.Trade, swap.IsToFail) with { Time = _now };
        _accounts.Take(end);
    }

    // 0 to below 1, the same for the same seed and fill whatever else happens.
    private decimal Draw(long number)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, _options.Seed);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], number);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        return BinaryPrimitives.ReadUInt64LittleEndian(hash) / ((decimal)ulong.MaxValue + 1);
    }

    private static double Part(double seconds, double of) => of > 0 ? seconds / of : 0;

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    private sealed record OpenSwap(LedgerLine Trade, bool IsToFail);
}
