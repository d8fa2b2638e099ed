using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain;

/// <summary>
/// All that a miner needs to look for a share which is at the same time a candidate mainchain block. The mainchain
/// header's nonce, time and version may be changed within rule 5, and the coinbase by <see cref="WithExtraNonce"/>: the
/// share's header depends on none of them. The share's id does, and is not known before the work is done.
/// </summary>
/// <param name="Header">The share's header, complete.</param>
/// <param name="Transactions">The share's transactions, sharebase first.</param>
/// <param name="MainHeader">The mainchain header with nonce 0.</param>
/// <param name="MainCoinbase">The mainchain coinbase, with its witness.</param>
/// <param name="MainTransactions">The mainchain block's further transactions.</param>
/// <param name="Branch">From the coinbase to the mainchain merkle root.</param>
/// <param name="Winners">Whom the coinbase pays.</param>
/// <param name="Fees">Base units of fees that the sharebase collects.</param>
public sealed record ShareTemplate(
    ShareHeader Header,
    ImmutableArray<Transaction> Transactions,
    BlockHeader MainHeader,
    Transaction MainCoinbase,
    ImmutableArray<Transaction> MainTransactions,
    ImmutableArray<Hash256> Branch,
    ImmutableArray<Script> Winners,
    Amount Fees)
{
    /// <summary>The shares that it names.</summary>
    public ImmutableArray<NamedShare> Named { get; init; } = [];

    /// <summary>Outputs of the sharebase, from the first on, that pay the miner.</summary>
    public int OwnOutputs { get; init; }

    /// <summary>True while nobody holds what is paid for: the mainchain coinbase pays the sharebase's own script.</summary>
    public bool PaysItself { get; init; }

    /// <summary>From the sharebase to the header's root of transactions.</summary>
    public ImmutableArray<Hash256> SharebaseBranch { get; init; } = [];

    /// <summary>A hash at or below this is handed in: the share's own target, or the easier one of weak shares.</summary>
    public CompactTarget HandInTarget => Header.Version == ShareHeader.WeakVersion ? Header.WeakBits : Header.Bits;

    /// <summary>A hash at or below this makes a share.</summary>
    public CompactTarget ShareTarget => Header.Bits;

    /// <summary>A hash at or below this makes a mainchain block.</summary>
    public CompactTarget MainTarget => MainHeader.Bits;

    /// <summary>Where the extra nonce stands in the mainchain coinbase's scriptSig, in bytes; 8 bytes, little-endian.</summary>
    public int ExtraNoncePlace => CoinbaseHeight.Push(CoinbaseHeight.Read(MainCoinbase.Inputs[0].ScriptSig)!.Value).Length + 1;

    /// <summary>The same work with another coinbase: 2^64 fresh ranges of nonces.</summary>
    public ShareTemplate WithExtraNonce(ulong extraNonce)
    {
        var input = MainCoinbase.Inputs[0];
        var script = input.ScriptSig.ToArray();
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(script.AsSpan(ExtraNoncePlace), extraNonce);
        var coinbase = new Transaction(
            MainCoinbase.Version, [input with { ScriptSig = new Script(script) }], MainCoinbase.Outputs,
            MainCoinbase.LockTime);
        var root = LedgerMerkle.FoldFirst(coinbase.Id.Value, Branch.AsSpan());
        return this with { MainCoinbase = coinbase, MainHeader = MainHeader with { MerkleRoot = root } };
    }

    /// <summary>The same work for another miner, at the cost of a few hashes: transactions are neither chosen nor checked again.
    /// </summary>
    /// <param name="miner">The script that its sharebase pays; one that a coinbase may pay, and not longer than that of the miner
    /// whom the template was built for, whose bytes the share has room for.</param>
    /// <exception cref="ArgumentException">It is longer, or no coinbase may pay it.</exception>
    public ShareTemplate PaidTo(Script miner)
    {
        var sharebase = SharebasePaidTo(miner);
        var header = HeaderOf(sharebase);
        var coinbase = new Transaction(
            MainCoinbase.Version, MainCoinbase.Inputs,
            [.. MainCoinbase.Outputs.Select(Readdress)],
            MainCoinbase.LockTime);
        var root = LedgerMerkle.FoldFirst(coinbase.Id.Value, Branch.AsSpan());
        return this with
        {
            Header = header,
            Transactions = Transactions.SetItem(0, sharebase),
            MainCoinbase = coinbase,
            MainHeader = MainHeader with { MerkleRoot = root },
            Winners = PaysItself ? [miner] : Winners,
        };

        TxOut Readdress(TxOut output) => output.Value == Amount.Zero
            ? ShareCommitment.Read(output) is null ? output : ShareCommitment.Output(header.Commitment)
            : PaysItself ? output with { ScriptPubKey = miner } : output;
    }

    /// <summary>The header of <see cref="PaidTo"/> alone, whose commitment is all that differs in what the miner hashes.</summary>
    /// <param name="miner">The script that its sharebase pays.</param>
    /// <exception cref="ArgumentException">As of <see cref="PaidTo"/>.</exception>
    public ShareHeader HeaderPaidTo(Script miner) => HeaderOf(SharebasePaidTo(miner));

    private ShareHeader HeaderOf(Transaction sharebase) =>
        Header with { TxRoot = LedgerMerkle.FoldFirst(sharebase.Id.Value, SharebaseBranch.AsSpan()) };

    private Transaction SharebasePaidTo(Script miner)
    {
        var former = Transactions[0];
        if (!PayoutAnnotation.IsPayable(miner) || (OwnOutputs > 0 && miner.Length > former.Outputs[0].ScriptPubKey.Length))
        {
            throw new ArgumentException("The template has no room for this script, or no coinbase may pay it.", nameof(miner));
        }

        return new Transaction(
            former.Version, former.Inputs,
            [.. former.Outputs.Select((output, i) => i < OwnOutputs ? output with { ScriptPubKey = miner } : output)],
            former.LockTime);
    }

    /// <summary>The share that a nonce makes; whether its work is enough is for the chain to say.</summary>
    /// <param name="solved">The mainchain header with the nonce (time, version) found.</param>
    public ShareBlock ToShare(BlockHeader solved)
    {
        var proof = new WorkProof(solved, WorkProof.Stripped(MainCoinbase), Branch);
        return new ShareBlock(Header, proof, Transactions) { Named = Named };
    }

    /// <summary>The mainchain block that a nonce makes.</summary>
    /// <param name="solved">The mainchain header with the nonce (time, version) found.</param>
    public Block ToMainBlock(BlockHeader solved) => new(solved, [MainCoinbase, .. MainTransactions]);
}

/// <summary>The mainchain's side of a template, as its node gives it (getblocktemplate).</summary>
/// <param name="Previous">The block to build on.</param>
/// <param name="Height">Height of the block to be built.</param>
/// <param name="Version">Header version.</param>
/// <param name="Bits">The target required.</param>
/// <param name="Time">The header's time, Unix seconds.</param>
/// <param name="CoinbaseValue">Subsidy and fees of the transactions, all of it handed out.</param>
/// <param name="Transactions">In order, coinbase not among them.</param>
public sealed record MainchainWork(
    BlockId Previous,
    int Height,
    int Version,
    CompactTarget Bits,
    uint Time,
    Amount CoinbaseValue,
    ImmutableArray<Transaction> Transactions);

/// <summary>What a template is built from besides the chain.</summary>
/// <param name="Miner">The script that the sharebase pays.</param>
/// <param name="Candidates">Unconfirmed transactions of the sharechain; those that fit are taken.</param>
/// <param name="Main">The mainchain's side.</param>
/// <param name="Now">The clock, Unix seconds; the share's time is this, or later where the median asks for it.</param>
/// <param name="Tag">Up to 32 bytes that the mainchain coinbase carries.</param>
/// <param name="AreChosen">True for a mempool's candidates: they come in the order to be tried in, parents before children, and
/// their scripts were found valid under this chain's rules; they are not run again. False: in any order, verified here.</param>
public sealed record ShareTemplateRequest(
    Script Miner,
    ImmutableArray<Transaction> Candidates,
    MainchainWork Main,
    long Now,
    ReadOnlyMemory<byte> Tag = default,
    bool AreChosen = false)
{
    /// <summary>Weak shares to be named, where the row has any: found good by <see cref="ShareChain.CheckNamed"/> on this tip, the
    /// wanted ones first; as many as the row allows are taken.</summary>
    public ImmutableArray<NamedShare> Weak { get; init; } = [];

    /// <summary>Late work that the sharebase carries, found good and not registered yet; the first
    /// <see cref="LateRegistration.MostOfShare"/> that have room. A row that names shares carries none so: a sharebase has to be
    /// short there, and a transaction does as well.</summary>
    public ImmutableArray<LateRegistration> Late { get; init; } = [];
}

/// <summary>Builds templates. Pure: the same chain and request give the same template.</summary>
public static class ShareTemplates
{
    private const int ExtraNonceBytes = 8;
    private const int MostTagBytes = 32;
    private const int MostRounds = 25;

    // An amount, and the longest length of a script.
    private const int NoteOverhead = 8 + 5;

    /// <summary>Signature operations of a share, at their cost, that its transactions leave to the sharebase.</summary>
    public const int SigOpReserve = 400;

    /// <summary>A template on top of a chain's tip.</summary>
    /// <exception cref="ArgumentException">
    /// The tag is too long, or the miner is to be paid, for want of a shareholder, and its script has no payout.
    /// </exception>
    public static ShareTemplate Build(ShareChain chain, ShareTemplateRequest request)
    {
        if (request.Tag.Length > MostTagBytes)
        {
            throw new ArgumentException("A tag has at most 32 bytes.", nameof(request));
        }

        var parent = chain.TipNode;
        var height = parent.Height + 1;
        var bits = parent.Item.NextBits(chain.Profile);
        var named = chain.Profile.Weak is { } rule ? Limit(request.Weak, rule, bits, chain.Profile) : chain.Uncles();
        var minting = Minting.Of(chain.Profile, height, bits, named);
        var notes = Notes(request, chain.Profile);
        var draft = Sharebase(height, request, chain.Profile, minting, notes, Amount.Zero);
        var owners = chain.State.Payees;
        var payees = PayoutRule.Of(owners, draft) ?? throw new ArgumentException(
            "The miner's script is too long, or checks too many signatures, to be paid.", nameof(request));
        ImmutableArray<Transaction> main =
            [MainCoinbase(request, payees, default), .. request.Main.Transactions];
        var branch = LedgerMerkle.CoinbaseBranch(main);
        var header = new ShareHeader(
            chain.Profile.HeaderVersion, parent.Id, chain.Profile.Weak is null ? [.. named.Select(share => share.Id)] : [],
            (uint)height, (uint)Math.Max(request.Now, chain.MedianTimePast + 1L), bits, default, default)
        {
            WeakBits = chain.Profile.Weak is { } weak ? NamedChecks.EasiestWeak(bits, weak) : default,
            WeakRoot = NamedChecks.WeakRoot(chain.Profile.Weak is null ? [] : named),
        };
        var baseSize = header.Length + BlockHeader.Length + main[0].StrippedSize + 2 + 32 * branch.Length + 9
            + named.Sum(share => share.Length);
        var context = new BlockContext(height, chain.MedianTimePast, baseSize);
        var growth = new SharebaseGrowth(chain.Profile.WholeOutput, minting.Own, request.Miner.Length);
        var chosen = Choose(chain, request, context, draft.Weight, growth, out var fees);
        ImmutableArray<Transaction> transactions = [Sharebase(height, request, chain.Profile, minting, notes, fees), .. chosen];
        header = header with
        {
            TxRoot = LedgerMerkle.Root(transactions, out _),
            WitnessRoot = WitnessCommitment.WitnessRoot(transactions.AsSpan()),
        };
        var coinbase = MainCoinbase(request, payees, header.Commitment);
        var work = request.Main;
        var mainHeader = new BlockHeader(
            work.Version, work.Previous, LedgerMerkle.FoldFirst(coinbase.Id.Value, branch.AsSpan()), work.Time,
            work.Bits, 0);
        return new ShareTemplate(
            header, transactions, mainHeader, coinbase, work.Transactions, branch, payees.Scripts, fees)
        {
            Named = named,
            OwnOutputs = transactions[0].Outputs.Length - minting.Named.Length - notes.Length
                - (transactions[0].Outputs[0] == Nothing ? 1 : 0),
            PaysItself = owners is null,
            SharebaseBranch = LedgerMerkle.CoinbaseBranch(transactions),
        };
    }

    // The first of them, as many and as much work as the row allows; half of the share is left to transactions.
    private static ImmutableArray<NamedShare> Limit(
        ImmutableArray<NamedShare> wanted, WeakRule rule, CompactTarget bits, SharechainProfile profile)
    {
        var weight = profile.MaxWeight / 2;
        var left = rule.MostWork * bits.Work().ToBigInteger();
        var taken = ImmutableArray.CreateBuilder<NamedShare>();
        foreach (var share in wanted)
        {
            var work = share.Header.WeakBits.Work().ToBigInteger();
            if (taken.Count < rule.Most && work <= left && 4 * share.Length <= weight)
            {
                taken.Add(share);
                weight -= 4 * share.Length;
                left -= work;
            }
        }

        return taken.ToImmutable();
    }

    // Half of the share is left to transactions. What has no room takes neither bytes nor one of the few places.
    private static ImmutableArray<TxOut> Notes(ShareTemplateRequest request, SharechainProfile profile)
    {
        if (profile is { Uncles: not null } or { Weak: not null } or { Late: null })
        {
            return [];
        }

        var left = profile.MaxWeight / 2L;
        return
        [
            .. request.Late.Select(late => late.ToOutputs()).Where(HasRoom).Take(LateRegistration.MostOfShare)
                .SelectMany(outputs => outputs.AsEnumerable()),
        ];

        bool HasRoom(ImmutableArray<TxOut> outputs)
        {
            var weight = 4L * outputs.Sum(output => output.ScriptPubKey.Length + NoteOverhead);
            if (weight > left)
            {
                return false;
            }

            left -= weight;
            return true;
        }
    }

    private static Transaction Sharebase(
        int height, ShareTemplateRequest request, SharechainProfile profile, Minting minting, ImmutableArray<TxOut> notes,
        Amount fees)
    {
        // The mainchain block that is built on stands in the sharebase too, so that what rival shares of one miner mint
        // has other txids.
        Span<byte> previous = stackalloc byte[Hash256.Length];
        request.Main.Previous.Value.CopyTo(previous);
        byte[] script = [.. CoinbaseHeight.Push(height), ExtraNonceBytes, .. previous[..ExtraNonceBytes]];
        var own = minting.Own + fees;
        var outputs = profile.WholeOutput is { } each
            ? Enumerable.Repeat(new TxOut(each, request.Miner), (int)(own.Sats / each.Sats)).DefaultIfEmpty(Nothing)
            : [new TxOut(own, request.Miner)];
        return new Transaction(
            2, [new TxIn(OutPoint.Null, new Script(script), TxIn.FinalSequence)], [.. outputs, .. minting.Named, .. notes], 0);
    }

    // A transaction has an output, also where nothing whole is left to mint.
    private static TxOut Nothing { get; } = new(Amount.Zero, new ScriptBuilder().Op(Opcode.OP_RETURN).Build());

    private static Transaction MainCoinbase(ShareTemplateRequest request, Payees payees, Hash256 commitment)
    {
        var work = request.Main;
        byte[] script = [.. CoinbaseHeight.Push(work.Height), ExtraNonceBytes, .. new byte[ExtraNonceBytes]];
        if (!request.Tag.IsEmpty)
        {
            script = [.. script, (byte)request.Tag.Length, .. request.Tag.Span];
        }

        var witnessRoot = WitnessCommitment.WitnessRoot([Blank, .. work.Transactions]);

        // Payouts first: of two outputs that look like a witness commitment the last one counts (BIP141).
        ImmutableArray<TxOut> outputs =
        [
            .. payees.Outputs(work.CoinbaseValue),
            ShareCommitment.Output(commitment),
            new TxOut(
                Amount.Zero, WitnessCommitment.ToScript(WitnessCommitment.Compute(witnessRoot, Hash256.Zero))),
        ];
        var input = new TxIn(
            OutPoint.Null, new Script(script), TxIn.FinalSequence, new Witness(new byte[Hash256.Length]));
        return new Transaction(2, [input], outputs, 0);
    }

    // Stands for the coinbase, whose place in the witness tree is zeros whatever it holds.
    private static Transaction Blank { get; } = new(1, [], [], 0);

    /// <summary>Within weight, count and signature operations: best feerate first, parents before children.</summary>
    private static List<Transaction> Choose(
        ShareChain chain, ShareTemplateRequest request, in BlockContext context, int sharebaseWeight, SharebaseGrowth growth,
        out Amount fees)
    {
        var room = new Room(chain, context, sharebaseWeight, growth);
        if (request.AreChosen)
        {
            foreach (var candidate in request.Candidates)
            {
                room.TryTake(candidate);
            }
        }
        else
        {
            ChooseInRounds(room, [.. request.Candidates.DistinctBy(transaction => transaction.Id)]);
        }

        fees = room.Fees;
        return room.Chosen;
    }

    // A transaction is offered once what it spends is there: a round for each generation.
    private static void ChooseInRounds(Room room, List<Transaction> waiting)
    {
        for (var round = 0; round < MostRounds && waiting.Count > 0; round++)
        {
            var offers = new List<AcceptedTransaction>();
            foreach (var candidate in waiting)
            {
                if (room.Verify(candidate) is { } accepted)
                {
                    offers.Add(accepted);
                }
            }

            offers.Sort((left, right) => right.FeeRate.CompareTo(left.FeeRate) is var by and not 0
                ? by
                : left.Transaction.Id.CompareTo(right.Transaction.Id));
            var taken = offers.Where(offer => room.TryTake(offer.Transaction)).Select(offer => offer.Transaction).ToHashSet();
            if (taken.Count == 0 || waiting.RemoveAll(taken.Contains) == 0)
            {
                break;
            }
        }
    }

    /// <summary>A share that fills.</summary>
    private sealed class Room(ShareChain chain, BlockContext context, int sharebaseWeight, SharebaseGrowth growth)
    {
        private readonly LedgerRules _rules = chain.State.Rules;
        private readonly OutPoint? _drawn = chain.State.DrawnToRedeem;
        private readonly CoinOverlay _overlay = new(chain.State);
        private long _weight = 4L * context.BaseSize + sharebaseWeight;
        private int _sigOps = SigOpReserve;

        public List<Transaction> Chosen { get; } = [];

        public Amount Fees { get; private set; }

        public AcceptedTransaction? Verify(Transaction candidate) =>
            TransactionAcceptance.Check(candidate, _overlay, context, _rules, out var accepted).IsOk ? accepted : null;

        /// <summary>Puts a transaction in whose scripts are known to be valid, where it fits and the rest holds.</summary>
        public bool TryTake(Transaction candidate)
        {
            if (_weight + candidate.Weight > _rules.MaxWeight || Chosen.Count + 2 > chain.Profile.MaxTransactions
                || candidate.Inputs.Any(input => input.PreviousOutput == _drawn)
                || !TransactionAcceptance.CheckSpending(candidate, _overlay, context, _rules, out var accepted).IsOk
                || _weight + candidate.Weight + growth.Weight(Fees + accepted!.Fee) > _rules.MaxWeight
                || _sigOps + accepted.SigOpCost + growth.SigOpCost(Fees + accepted.Fee) > _rules.MaxSigOpCost)
            {
                return false;
            }

            _overlay.Apply(candidate, context);
            Chosen.Add(candidate);
            _weight += candidate.Weight;
            _sigOps += accepted.SigOpCost;
            Fees += accepted.Fee;
            return true;
        }
    }
}
