using Market.Api.Realtime;
using Market.Contracts;

namespace Market.Api.Instruments;

/// <summary>Tells which series a market has and how each stands, whenever one is new, is listed, closes or is gone.</summary>
public sealed class SeriesTopic
{
    private readonly ValueTopic<ExpirySeriesList> _topic;
    private IReadOnlyList<(string, SeriesState)> _told = [];

    /// <summary>A channel that has told nothing.</summary>
    public SeriesTopic(Topics topics, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(topics);
        _topic = new ValueTopic<ExpirySeriesList>(Channels.Series, clock);
        topics.Register(_topic);
    }

    /// <summary>Tells them, where a state has changed: heights and times that are expected change with every block. One caller at a
    /// time.</summary>
    public void Tell(ExpirySeriesList series)
    {
        ArgumentNullException.ThrowIfNull(series);
        List<(string, SeriesState)> states = [.. series.Items.Select(one => (one.Instrument, one.State))];
        if (states.SequenceEqual(_told)) return;
        _told = states;
        _topic.Set(series);
    }
}
