using System.Collections.Immutable;

namespace Market.Bitcoin.Watching;

/// <summary>What is watched and what was seen of it, whatever the blocks. Each change is told as an event.</summary>
internal sealed class WatchRecords
{
    public ImmutableDictionary<Script, WatchedScript> Scripts { get; private set; } =
        ImmutableDictionary<Script, WatchedScript>.Empty;

    public ImmutableDictionary<OutPoint, int> OutPoints { get; private set; } = ImmutableDictionary<OutPoint, int>.Empty;

    /// <summary>The scripts that the recorded payments pay.</summary>
    public ImmutableDictionary<OutPoint, Script> Owners { get; private set; } =
        ImmutableDictionary<OutPoint, Script>.Empty;

    public ImmutableDictionary<OutPoint, Spending> Spends { get; private set; } =
        ImmutableDictionary<OutPoint, Spending>.Empty;

    public bool IsWatched(OutPoint outPoint) => Owners.ContainsKey(outPoint) || OutPoints.ContainsKey(outPoint);

    public WatchAdded Add(Script script, int fromHeight)
    {
        if (Scripts.TryGetValue(script, out var known))
        {
            Scripts = Scripts.SetItem(script, known with { From = Math.Min(known.From, fromHeight) });
            return known.From <= fromHeight ? WatchAdded.Known : WatchAdded.Added;
        }

        if (Scripts.Count >= WatchBook.MaxScripts)
        {
            return WatchAdded.Full;
        }

        Scripts = Scripts.Add(
            script, new WatchedScript(fromHeight, ImmutableDictionary<OutPoint, Funding>.Empty));
        return WatchAdded.Added;
    }

    public WatchAdded Add(OutPoint outPoint, int fromHeight)
    {
        if (OutPoints.TryGetValue(outPoint, out var known))
        {
            OutPoints = OutPoints.SetItem(outPoint, Math.Min(known, fromHeight));
            return known <= fromHeight ? WatchAdded.Known : WatchAdded.Added;
        }

        if (OutPoints.Count >= WatchBook.MaxOutPoints)
        {
            return WatchAdded.Full;
        }

        OutPoints = OutPoints.Add(outPoint, fromHeight);
        return WatchAdded.Added;
    }

    public void Remove(Script script)
    {
        if (!Scripts.TryGetValue(script, out var watched))
        {
            return;
        }

        foreach (var outPoint in watched.Fundings.Keys)
        {
            Drop(outPoint);
        }

        Scripts = Scripts.Remove(script);
    }

    public void Remove(OutPoint outPoint)
    {
        OutPoints = OutPoints.Remove(outPoint);
        if (!Owners.ContainsKey(outPoint))
        {
            Spends = Spends.Remove(outPoint);
        }
    }

    public void Sweep(IReadOnlySet<TxId> unconfirmed, ICollection<WatchEvent> events)
    {
        foreach (var spend in Spends.Values
            .Where(each => each.Block is null && !unconfirmed.Contains(each.Spender.Id)).ToList())
        {
            Spends = Spends.Remove(spend.OutPoint);
            events.Add(new WatchEvent.SpendGone(spend.OutPoint, spend.Spender.Id));
        }

        foreach (var (outPoint, script) in Owners)
        {
            if (Scripts[script].Fundings[outPoint].Block is null && !unconfirmed.Contains(outPoint.TxId))
            {
                Drop(outPoint);
                events.Add(new WatchEvent.FundingGone(script, outPoint));
            }
        }
    }

    public void Fund(Script script, Funding seen, ICollection<WatchEvent> events)
    {
        var watched = Scripts[script];
        if (watched.Fundings.TryGetValue(seen.OutPoint, out var known))
        {
            // In the mempool's view of a block's output nothing is new.
            if (known.IsTold && (known.Block == seen.Block || seen.Block is null))
            {
                return;
            }

            seen = seen with { Block = seen.Block ?? known.Block };
        }

        if (!MakeRoom(watched, seen, events))
        {
            return;
        }

        Keep(script, seen);
        events.Add(new WatchEvent.Funded(script, seen.OutPoint, seen.Output.Value, seen.Block, seen.Transaction));
    }

    // True where there is room among those that are confirmed, or not, as this one is; the smallest gives way to it.
    private bool MakeRoom(WatchedScript watched, Funding seen, ICollection<WatchEvent> events)
    {
        if (watched.Fundings.Count < WatchBook.MaxPayments)
        {
            return true;
        }

        var rivals = watched.Fundings.Values
            .Where(each => (each.Block is null) == (seen.Block is null) && each.OutPoint != seen.OutPoint).ToList();
        if (rivals.Count < WatchBook.MaxPayments)
        {
            return true;
        }

        var least = rivals.MinBy(each => (each.Output.Value.Sats, each.OutPoint))!;
        var gone = least.Output.Value < seen.Output.Value ? least : seen;
        if (Owners.TryGetValue(gone.OutPoint, out var script))
        {
            Drop(gone.OutPoint);
            events.Add(new WatchEvent.FundingGone(script, gone.OutPoint));
        }

        return gone != seen;
    }

    public void Spend(Spending seen, ICollection<WatchEvent> events)
    {
        if (Spends.TryGetValue(seen.OutPoint, out var known))
        {
            var isSame = known.Spender.Id == seen.Spender.Id;
            if (isSame && known.IsTold && (known.Block == seen.Block || seen.Block is null))
            {
                return;
            }

            // What a block holds stands against a transaction of the mempool, heard of late, that it made void.
            if (!isSame && seen.Block is null && known.Block is not null)
            {
                return;
            }

            if (!isSame)
            {
                events.Add(new WatchEvent.SpendGone(seen.OutPoint, known.Spender.Id));
            }
        }

        Spends = Spends.SetItem(seen.OutPoint, seen);
        events.Add(new WatchEvent.Spent(seen.OutPoint, seen.Spender, seen.InputIndex, seen.Block));
    }

    private void Keep(Script script, Funding funding)
    {
        var watched = Scripts[script];
        Owners = Owners.SetItem(funding.OutPoint, script);
        Scripts = Scripts.SetItem(
            script, watched with { Fundings = watched.Fundings.SetItem(funding.OutPoint, funding) });
    }

    private void Drop(OutPoint outPoint)
    {
        if (Owners.TryGetValue(outPoint, out var script))
        {
            Owners = Owners.Remove(outPoint);
            var watched = Scripts[script];
            Scripts = Scripts.SetItem(script, watched with { Fundings = watched.Fundings.Remove(outPoint) });
        }

        if (!OutPoints.ContainsKey(outPoint))
        {
            Spends = Spends.Remove(outPoint);
        }
    }

    // Told anew wherever they are met next, also where they wait unconfirmed again.
    public void TakeOut(int height)
    {
        foreach (var (outPoint, script) in Owners)
        {
            var funding = Scripts[script].Fundings[outPoint];
            if (funding.Block is { } block && block.Height > height)
            {
                Keep(script, funding with { Block = null, IsTold = false });
            }
        }

        foreach (var spend in Spends.Values.Where(each => each.Block is { } block && block.Height > height).ToList())
        {
            Spends = Spends.SetItem(spend.OutPoint, spend with { Block = null, IsTold = false });
        }
    }
}
