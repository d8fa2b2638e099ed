using System.Collections.Immutable;
using System.Numerics;
using Market.Bitcoin;

namespace Market.Sharechain.Tests;

/// <summary>
/// The rules once more, written for being read and not for speed: every block heard is judged from nothing, lists are
/// walked from end to end, nothing is undone. What nodes agree on is held against it. Scripts are not run: the model's
/// are such that anybody can spend them.
/// </summary>
internal sealed class NaiveLedger(SharechainProfile profile, PlainMainchain main)
{
    private readonly Dictionary<ShareId, (ShareBlock Block, State State)> _valid = [];
    private readonly NaivePayout _payout = new(profile);
    private readonly PlainMainchain _main = main;

    public sealed record Output(
        OutPoint OutPoint, long Value, Script Script, Script? Payout, int Height, bool IsSharebase, int Root);

    /// <summary>An output that is kept for the mainchain to decide about; drawn nothing where the outpoint is null.</summary>
    public sealed record Frozen(OutPoint OutPoint, int MainHeight, BlockId MainBlock);

    public sealed record State(
        ImmutableArray<Output> Outputs, int Height, ImmutableArray<uint> Times, int HighestMain, int WindowStart,
        ImmutableArray<Frozen> Frozen);

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
        ? new State([], 0, [profile.Genesis.Time], 0, 0, [])
        : _valid[id].State;

    /// <summary>Base units that are paid, or drawn from, after a state.</summary>
    public long Units(State state) => _payout.Units(state);

    /// <summary>What a share on top of a state pays of a sum; null where nobody holds what is paid.</summary>
    public List<TxOut>? Due(ShareId id, long sum) => _payout.Due(id, At(id), sum);

    // A share and those below it, newest first, genesis left out.
    private IEnumerable<ShareBlock> ChainOf(ShareId id)
    {
        for (var at = id; at != profile.GenesisId; at = _valid[at].Block.Header.Parent)
        {
            yield return _valid[at].Block;
        }
    }

    private BigInteger WorkOf(ShareBlock block) => block.Header.Bits.Work().ToBigInteger()
        + (profile.Uncles is null ? 0 : Sum(block.Named.Select(uncle => uncle.Header.Bits.Work().ToBigInteger())));

    private BigInteger Work(ShareId id) =>
        profile.Genesis.Bits.Work().ToBigInteger() + Sum(ChainOf(id).Select(WorkOf));

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
        var ids = block.Transactions.Select(transaction => transaction.Id.Value).ToArray();
        if (ids.Distinct().Count() != ids.Length || MerkleTree.Root(ids) != header.TxRoot
            || WitnessCommitment.WitnessRoot(block.Transactions.AsSpan()) != header.WitnessRoot
            || !header.Bits.IsMetBy(proof.MainHeader.Id.Value)
            || !IsGood(header, proof, block.Transactions[0])
            || block.Transactions.Length > profile.MaxTransactions
            || !AreNamedWell(block) || Spend(block, parent) is not { } outputs)
        {
            return null;
        }

        var start = profile.Window is { } window ? Math.Max(parent.WindowStart, LowestOf(window, block)) : 0;
        var frozen = Settle(block, parent, ref outputs);
        return new State(
            [.. outputs.Where(output => output.Root >= start)],
            parent.Height + 1,
            [.. parent.Times, header.Time],
            Math.Max(parent.HighestMain, _main.Find(proof.MainHeader.Previous)!.Height),
            start,
            frozen);
    }

    // The output drawn for a block is frozen; five mainchain blocks later it is gone, or free.
    private ImmutableArray<Frozen> Settle(ShareBlock block, State parent, ref ImmutableArray<Output> outputs)
    {
        var left = ImmutableArray<Frozen>.Empty;
        if (profile.Payout is not PayoutDesign.Redeemed rule)
        {
            return left;
        }

        var proof = block.Proof.MainHeader;
        var height = Point(proof.Previous).Height;
        foreach (var frozen in parent.Frozen)
        {
            if (height < frozen.MainHeight + rule.MainDepth)
            {
                left = left.Add(frozen);
            }
            else if (_main.Ancestor(proof.Previous, frozen.MainHeight) == frozen.MainBlock)
            {
                outputs = outputs.RemoveAll(output => output.OutPoint == frozen.OutPoint);
            }
        }

        return _payout.Drawn(block.Header.Parent, parent, 0) is { } drawn
            ? left.Add(new Frozen(drawn.OutPoint, height + 1, proof.Id))
            : left;
    }

    private MainchainPoint Point(BlockId id) => _main.Find(id)!;

    // Of a share, whether it is a block or only named by one: all that header, proof and sharebase tell.
    private bool IsGood(ShareHeader header, WorkProof proof, Transaction sharebase)
    {
        var folded = proof.Branch.Aggregate(
            proof.MainCoinbase.Id.Value, (left, right) => Hash256.DoubleSha256([.. left.ToArray(), .. right.ToArray()]));
        byte[] commitment = [0x6a, 0x24, .. "shr1"u8, .. Hash256.DoubleSha256(header.ToArray()).ToArray()];
        var parent = At(header.Parent);
        return header.Height == parent.Height + 1 && header.Time > Median(parent.Times)
            && folded == proof.MainHeader.MerkleRoot
            && proof.MainCoinbase.Outputs.Count(output =>
                output.Value.Sats == 0 && output.ScriptPubKey.Span.SequenceEqual(commitment)) == 1
            && _main.Find(proof.MainHeader.Previous) is { } point && point.Height >= parent.HighestMain - profile.MainLag
            && proof.MainHeader.Version >= 4 && proof.MainHeader.Time <= header.Time + 7_200L
            && Pays(header.Parent, proof, sharebase, point);
    }

    private bool Pays(ShareId parent, WorkProof proof, Transaction sharebase, MainchainPoint point)
    {
        var paid = proof.MainCoinbase.Outputs.Where(output => output.Value.Sats > 0).ToList();
        var sum = paid.Sum(output => output.Value.Sats);
        var due = Due(parent, sum);
        if (due is null)
        {
            due = PayoutOf(sharebase, 0) is { } own ? [new TxOut(new Amount(sum), own)] : [];
        }

        return paid.Count > 0 && paid.SequenceEqual(due) && sum >= _main.Subsidy(point.Height + 1).Sats;
    }

    private bool AreNamedWell(ShareBlock block)
    {
        var below = ChainOf(block.Header.Parent).ToList();
        var before = below.SelectMany(each => each.Named).Concat(below.Select(NamedShare.Of)).Select(each => each.Id).ToHashSet();
        var height = (int)block.Header.Height;
        foreach (var share in block.Named)
        {
            var depth = height - (int)share.Header.Height;
            var isDeepEnough = profile.Weak is { } weak ? depth >= 0 && depth < weak.Depth : depth >= 1 && depth <= 3;
            var parents = below.Select(each => each.Id).Append(profile.GenesisId);
            if (!before.Add(share.Id) || !isDeepEnough || !parents.Contains(share.Header.Parent)
                || !IsGood(share.Header, share.Proof, share.Sharebase))
            {
                return false;
            }

            var root = share.Branch.Aggregate(
                share.Sharebase.Id.Value, (left, right) => Hash256.DoubleSha256([.. left.ToArray(), .. right.ToArray()]));
            var isFull = share.Header.Bits.IsMetBy(share.Proof.MainHeader.Id.Value);
            if (root != share.Header.TxRoot || isFull != profile.Weak is null
                || (!isFull && !share.Header.WeakBits.IsMetBy(share.Proof.MainHeader.Id.Value)))
            {
                return false;
            }
        }

        return profile.Weak is null
            ? block.Named.Length <= (profile.Uncles?.Most ?? 0)
                && block.Header.Uncles.SequenceEqual(block.Named.Select(each => each.Id).Order())
            : block.Named.Length <= 64
                && Sum(block.Named.Select(each => each.Header.WeakBits.Work().ToBigInteger())) <= 4 * WorkOf(block);
    }

    // The newest blocks, down from this one, until their work is enough.
    private int LowestOf(PayoutDesign.Window window, ShareBlock block)
    {
        var wanted = window.Multiplier * block.Proof.MainHeader.Bits.Work().ToBigInteger();
        var sum = BigInteger.Zero;
        var lowest = (int)block.Header.Height;
        foreach (var each in ChainOf(block.Header.Parent).Prepend(block).Take(window.MostBlocks))
        {
            lowest = (int)each.Header.Height;
            sum += WorkOf(each);
            if (sum >= wanted)
            {
                break;
            }
        }

        return lowest;
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
            var root = height;
            foreach (var input in isSharebase ? [] : transaction.Inputs)
            {
                var spent = outputs.FindIndex(output => output.OutPoint == input.PreviousOutput);
                if (spent < 0 || parent.Frozen.Any(frozen => frozen.OutPoint == input.PreviousOutput)
                    || (profile.Payout is PayoutDesign.Redeemed
                        && _payout.Drawn(block.Header.Parent, parent, 0)?.OutPoint == input.PreviousOutput)
                    || (outputs[spent].IsSharebase && !_payout.IsMature(outputs[spent], height - 1)))
                {
                    return null;
                }

                sum += outputs[spent].Value;
                root = Math.Min(root, outputs[spent].Root);
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
                var isSpendable = made.ScriptPubKey.Span is not [0x6a, ..];
                if (profile.WholeOutput is { } whole && made.Value.Sats != (isSpendable ? whole.Sats : 0))
                {
                    return null;
                }

                var isAnyAmount = isSharebase && i <= block.Named.Length;
                if (isSpendable && !isAnyAmount && made.Value.Sats < profile.LeastOutput.Sats)
                {
                    return null;
                }

                if (isSpendable)
                {
                    outputs.Add(new Output(
                        new OutPoint(transaction.Id, (uint)i), made.Value.Sats, made.ScriptPubKey,
                        profile.Payout is PayoutDesign.Redeemed && IsAnnotated(transaction, i) ? null : PayoutOf(transaction, i),
                        height, isSharebase, root));
                }
            }
        }

        // The sharebase's own outputs were counted as fees below nought.
        return fees == -Minted(block) ? [.. outputs] : null;
    }

    // All that is minted; -1 where the makers of named shares do not get theirs.
    private long Minted(ShareBlock block)
    {
        var issuance = (BigInteger)profile.Issuance.Of((int)block.Header.Height, block.Header.Bits).Sats;
        var sum = profile.Weak is null ? issuance : issuance / 2;
        for (var i = 0; i < block.Named.Length; i++)
        {
            var share = block.Named[i];
            BigInteger maker, namer;
            if (profile.Weak is null)
            {
                var uncle = (BigInteger)profile.Issuance.Of((int)share.Header.Height, share.Header.Bits).Sats;
                (maker, namer) = (uncle * 9 / 10, uncle / 10);
            }
            else
            {
                var all = issuance * share.Header.WeakBits.Work().ToBigInteger()
                    / (2 * block.Header.Bits.Work().ToBigInteger());
                (maker, namer) = (all - all / 100, all / 100);
            }

            if (block.Transactions[0].Outputs.ElementAtOrDefault(i + 1)
                != new TxOut(new Amount((long)maker), share.Sharebase.Outputs[0].ScriptPubKey))
            {
                return -1;
            }

            sum += maker + namer;
        }

        return (long)sum;
    }

    private static bool IsAnnotated(Transaction transaction, int index) => transaction.Outputs.Any(output =>
        PayoutAnnotation.TryRead(output, out var named, out _) && named == index);

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

    private static BigInteger Sum(IEnumerable<BigInteger> numbers) =>
        numbers.Aggregate(BigInteger.Zero, (sum, number) => sum + number);

    private static uint Median(ImmutableArray<uint> times)
    {
        var last = times.TakeLast(11).Order().ToArray();
        return last[last.Length / 2];
    }
}
