using System.Diagnostics;

namespace Market.Api.Realtime;

/// <summary>The spans of an order's way, from the request to the streams. Unless somebody listens there are none, and asking for
/// one costs a look at a field.</summary>
public static class Traces
{
    /// <summary>The name of the source.</summary>
    public const string Name = "Market";

    /// <summary>From the request's check until the sequencer takes it.</summary>
    public const string Queued = "market.order.queued";

    /// <summary>From its turn until its batch is on disk. One of a batch has it in its trace; it links to those of the others.
    /// </summary>
    public const string Committed = "market.order.committed";

    /// <summary>The answers, and the telling of all channels.</summary>
    public const string Published = "market.order.published";

    /// <summary>From then until a channel's message is taken for the first of its readers.</summary>
    public const string Told = "market.stream.told";

    private static readonly ActivitySource Source = new(Name);

    /// <summary>Whether anybody listens.</summary>
    public static bool IsOn => Source.HasListeners();

    /// <summary>Begins a span under the current one, which stays the current one: it ends elsewhere, by <see cref="End"/>. Null
    /// where nobody listens, or nothing is current.</summary>
    public static Activity? Begin(string name)
    {
        if (!IsOn || Activity.Current is not { } current) return null;
        var begun = Source.StartActivity(name, ActivityKind.Internal, current.Context);
        Activity.Current = current;
        return begun;
    }

    /// <summary>Ends a span, wherever it began. What is current stays so.</summary>
    public static void End(Activity? begun)
    {
        if (begun is null) return;
        var current = Activity.Current;
        begun.Stop();
        Activity.Current = current;
    }

    /// <summary>Begins a span that is current until it is disposed of, beside the first of others, with links to the rest. Null
    /// where there are none.</summary>
    public static Activity? Beside(string name, IReadOnlyList<Activity> others)
    {
        ArgumentNullException.ThrowIfNull(others);
        if (others.Count == 0) return null;
        var first = others[0];
        return Source.StartActivity(
            name, ActivityKind.Internal, new ActivityContext(first.TraceId, first.ParentSpanId, first.ActivityTraceFlags),
            links: others.Skip(1).Select(other => new ActivityLink(other.Context)));
    }
}
