namespace Market.Standing;

/// <summary>How much somebody asks: the weight of its calls in the last ten seconds, estimated from two windows of that length. The
/// default has asked nothing.</summary>
public struct RateMeter
{
    /// <summary>Milliseconds.</summary>
    public const long Window = 10_000;

    private long _window;
    private long _current;
    private long _before;

    /// <summary>Whether nothing of it counts any more.</summary>
    /// <param name="now">Milliseconds.</param>
    public readonly bool IsOver(long now) => now / Window > _window + 1;

    /// <summary>The weight of the last ten seconds.</summary>
    /// <param name="now">Milliseconds, never less than at the last call.</param>
    public readonly long RateAt(long now)
    {
        var window = now / Window;
        var left = Window - now % Window;
        return window == _window ? _current + _before * left / Window
            : window == _window + 1 ? _current * left / Window
            : 0;
    }

    /// <summary>Counts a call.</summary>
    /// <param name="weight">At least 1.</param>
    /// <param name="now">Milliseconds.</param>
    /// <returns>The rate with it.</returns>
    public long Add(int weight, long now)
    {
        var window = now / Window;
        if (window > _window)
        {
            _before = window == _window + 1 ? _current : 0;
            (_current, _window) = (0, window);
        }
        _current += weight;
        return RateAt(now);
    }
}
