using Market.Api.Data;
using Market.Api.Realtime;
using Market.Contracts;

namespace Market.Api.Chains;

/// <summary>The tips of both chains as an instrument's readers see them, with a channel of their own. Ends with its instrument;
/// the watch of the chains goes on.</summary>
public sealed class InstrumentTips : IDisposable
{
    private readonly TipWatch _watch;
    private readonly ChainVerdicts _verdicts;
    private readonly Topics _topics;
    private readonly string _instrument;

    /// <summary>Follows the watch from now on.</summary>
    public InstrumentTips(
        TipWatch watch, ChainVerdicts verdicts, MarketInstrument instrument, Topics topics, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(watch);
        ArgumentNullException.ThrowIfNull(verdicts);
        ArgumentNullException.ThrowIfNull(instrument);
        ArgumentNullException.ThrowIfNull(topics);
        (_watch, _verdicts, _topics, _instrument) = (watch, verdicts, topics, instrument.Id);
        Topic = new ValueTopic<ChainTips>(Channels.Chains(_instrument), clock);
        topics.Register(Topic);
        watch.Told += Tell;
        watch.Moved += Pass;
        verdicts.Changed += TellAgain;
        if (watch.Tips is { } tips) Tell(tips);
    }

    /// <summary>The channel of both tips.</summary>
    public ValueTopic<ChainTips> Topic { get; }

    /// <summary>Completes when both tips are known.</summary>
    public Task Ready => _watch.Ready;

    /// <summary>Told after a tip changed: return quickly.</summary>
    public event Action<ChainName>? Moved;

    /// <summary>Both tips; null until both are known.</summary>
    public ChainTips? Tips => _watch.Tips is { } tips ? Of(tips) : null;

    /// <summary>A chain's newest blocks, which tell its pace at any time.</summary>
    public ChainSample SampleOf(ChainName name) => _watch.SampleOf(name);

    /// <summary>The rate of stale blocks of a chain (<see cref="TipWatch.StaleRateOf"/>).</summary>
    public double StaleRateOf(ChainName name) => _watch.StaleRateOf(name);

    /// <summary>How a chain is, whoever asks: what keeps orders from being taken, and a node that does not answer.</summary>
    public ChainVerdict VerdictOf(ChainName name) => _verdicts.Of(name) is { Reason: not null } verdict
        ? verdict
        : _watch.TroubleOf(name) is { } trouble ? new ChainVerdict(Health.Down, trouble) : ChainVerdict.Live;

    /// <inheritdoc/>
    public void Dispose()
    {
        _watch.Told -= Tell;
        _watch.Moved -= Pass;
        _verdicts.Changed -= TellAgain;
        _topics.Remove(Topic);
    }

    private void Tell(TipPair tips) => Topic.Set(Of(tips));

    private void Pass(ChainName chain) => Moved?.Invoke(chain);

    private void TellAgain(ChainName chain) => _watch.TellAgain(Tell);

    private ChainTips Of(TipPair tips) =>
        new() { Instrument = _instrument, Sharechain = Judged(tips.Sharechain), Mainchain = Judged(tips.Mainchain) };

    private ChainTip Judged(ChainTip tip) =>
        VerdictOf(tip.Chain) is { Reason: { } reason } ? tip with { Live = false, Trouble = reason } : tip;
}
