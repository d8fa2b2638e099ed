using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;
using Market.Hashing;

namespace Market.Sharechain.Tests;

/// <summary>
/// The rules once more, written for being read and not for speed: every block heard is judged from nothing, lists are
/// walked from end to end, nothing is undone. What nodes agree on is held against it. Scripts are not run: the model's
/// are such that anybody can spend them.
/// </summary>
internal sealed class NaiveLedger(SharechainProfile profile, PlainMainchain main)
{
    private readonly Dictionary<ShareId, (ShareBlock Block, State State)> _valid = [];

    public sealed record Output(
        OutPoint OutPoint, long Value, Script Script, Script? Payout, int Height, bool IsSharebase);

    public sealed record State(ImmutableArray<Output> Outputs, int Height, ImmutableArray<uint> Times, int HighestMain);

    /// <summary>All valid shares whose chain has the most work: nodes stand on one of them.</summary>
    public HashSet<ShareId> Best(IEnumerable<ShareBlock> heard)
    {
        Judge([.. heard]);
        var works = _valid.Keys.ToDictionary(id => id, Work);
        return works.Count == 0
            ? [profile.GenesisId]
            : [.. works.Where(pair => pair.Value == works.Values.Max()).Select(pair => pair.Key)];
    }

    public State At(ShareId id) => id == profile.GenesisId
        ? new State([], 0, [profile.Genesis.Time], 0)
        : _valid[id].State;

    /// <summary>Base units that take part in the draw after a state.</summary>
    public long Units(State state) => Mature(state).Sum(output => output.Value);

    /// <summary>Whom the share after a state pays; null where nobody can be drawn.</summary>
    public Script? Winner(ShareId id, State state)
    {
        var units = Units(state);
        if (units == 0)
        {
            return null;
        }

        byte[] message = [.. id.Value.ToArray(), 0, 0, 0, 0];
        var hash = new byte[32];
        new TaggedHasher("p2share/select").Hash(message, hash);
        var drawn = (long)(new System.Numerics.BigInteger(hash, true, true) % units);
        foreach (var output in Mature(state))
        {
            if ((drawn -= output.Value) < 0)
            {
                return output.Payout;
            }
        }

        throw new InvalidOperationException("The unit drawn is held by nobody.");
    }

    private IEnumerable<Output> Mature(State state) => state.Outputs.Where(output => output.Payout is not null
        && (!output.IsSharebase || output.Height + profile.Maturity <= state.Height + 1));

    private U256 Work(ShareId id)
    {
        var sum = profile.Genesis.Bits.Work();
        for (var at = id; at != profile.GenesisId; at = _valid[at].Block.Header.Parent)
        {
            sum += _valid[at].Block.Header.Bits.Work();
        }

        return sum;
    }

    private void Judge(List<ShareBlock> heard)
    {
        for (var found = true; found;)
        {
            found = false;
            foreach (var block in heard)
            {
                var isKnown = block.Header.Parent == profile.GenesisId || _valid.ContainsKey(block.Header.Parent);
                if (isKnown && !_valid.ContainsKey(block.Id) && After(block, At(block.Header.Parent)) is { } state)
                {
                    _valid.Add(block.Id, (block, state));
                    found = true;
                }
            }
        }
    }

    // Null where a rule is broken. Bits are taken from the tree's own reckoning, which has tests of its own.
    private State? After(ShareBlock block, State parent)
    {
        var (header, proof) = (block.Header, block.Proof);
        if (header.Height != parent.Height + 1 || header.Time <= Median(parent.Times) || !IsProved(block)
            || main.Find(proof.MainHeader.Previous) is not { } point || point.Height < parent.HighestMain - profile.MainLag
            || proof.MainHeader.Version < 4 || proof.MainHeader.Time > header.Time + 7_200L
            || !Pays(block, parent, point) || Spend(block, parent) is not { } outputs)
        {
            return null;
        }

        return new State(
            outputs, parent.Height + 1, [.. parent.Times, header.Time], Math.Max(parent.HighestMain, point.Height));
    }

    private static bool IsProved(ShareBlock block)
    {
        var ids = block.Transactions.Select(transaction => transaction.Id.Value).ToArray();
        var folded = block.Proof.Branch.Aggregate(
            block.Proof.MainCoinbase.Id.Value, (left, right) => Hash256.DoubleSha256([.. left.ToArray(), .. right.ToArray()]));
        byte[] commitment =
            [0x6a, 0x24, .. "shr1"u8, .. Hash256.DoubleSha256(block.Header.ToArray()).ToArray()];
        return ids.Distinct().Count() == ids.Length && MerkleTree.Root(ids) == block.Header.TxRoot
            && WitnessCommitment.WitnessRoot(block.Transactions.AsSpan()) == block.Header.WitnessRoot
            && block.Header.Bits.IsMetBy(block.Proof.MainHeader.Id.Value) && folded == block.Proof.MainHeader.MerkleRoot
            && block.Proof.MainCoinbase.Outputs.Count(output =>
                output.Value.Sats == 0 && output.ScriptPubKey.Span.SequenceEqual(commitment)) == 1;
    }

    private bool Pays(ShareBlock block, State parent, MainchainPoint point)
    {
        var paid = block.Proof.MainCoinbase.Outputs.Where(output => output.Value.Sats > 0).ToList();
        var winner = Winner(block.Header.Parent, parent)
            ?? PayoutOf(block.Transactions[0], 0);
        return paid.Count == 1 && winner is { } script && paid[0].ScriptPubKey == script
            && paid[0].Value.Sats >= main.Subsidy(point.Height + 1).Sats;
    }

    private ImmutableArray<Output>? Spend(ShareBlock block, State parent)
    {
        var height = parent.Height + 1;
        var outputs = parent.Outputs.ToList();
        long fees = 0;
        foreach (var transaction in block.Transactions)
        {
            var isSharebase = transaction == block.Transactions[0];
            long sum = 0;
            foreach (var input in isSharebase ? [] : transaction.Inputs)
            {
                var spent = outputs.FindIndex(output => output.OutPoint == input.PreviousOutput);
                if (spent < 0 || (outputs[spent].IsSharebase && outputs[spent].Height + profile.Maturity > height))
                {
                    return null;
                }

                sum += outputs[spent].Value;
                outputs.RemoveAt(spent);
            }

            sum -= transaction.Outputs.Sum(output => output.Value.Sats);
            fees += sum;
            if (!isSharebase && sum < 0)
            {
                return null;
            }

            for (var i = 0; i < transaction.Outputs.Length; i++)
            {
                var made = transaction.Outputs[i];
                if (made.ScriptPubKey.Span is not [0x6a, ..])
                {
                    outputs.Add(new Output(
                        new OutPoint(transaction.Id, (uint)i), made.Value.Sats, made.ScriptPubKey,
                        PayoutOf(transaction, i), height, isSharebase));
                }
            }
        }

        // The sharebase's own outputs were counted as fees below nought.
        return fees == -profile.Issuance.At(height).Sats ? [.. outputs] : null;
    }

    private static Script? PayoutOf(Transaction transaction, int index)
    {
        foreach (var output in transaction.Outputs)
        {
            if (output.Value.Sats == 0
                && output.ScriptPubKey.Span is
                    [0x6a, var length, (byte)'p', (byte)'o', var named, .. { Length: > 0 and <= 42 } script]
                && named == index && length == script.Length + 3)
            {
                return new Script(script.ToArray());
            }
        }

        var own = transaction.Outputs[index].ScriptPubKey;
        return own.Length <= 42 ? own : null;
    }

    private static uint Median(ImmutableArray<uint> times)
    {
        var last = times.TakeLast(11).Order().ToArray();
        return last[last.Length / 2];
    }
}
