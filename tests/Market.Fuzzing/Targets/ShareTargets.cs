using Market.Bitcoin.Encoding;
using Market.Bitcoin.Ledger;
using Market.Sharechain;

namespace Market.Fuzzing;

/// <summary>What stands in a sharechain: headers, proofs, shares, commitments, annotations, undo data.</summary>
internal static class ShareTargets
{
    private const int MostFeatures = 8;

    private static readonly byte[][] Words =
    [
        [0x6a, 0x24, (byte)'s', (byte)'h', (byte)'r', (byte)'1'], [0x6a, 8, (byte)'p', (byte)'o', 0],
        [0, 1], [1, 0, 0, 0], [2, 0, 0, 0], [0xff, 0xff, 0xff, 0xff],
        [0xfd, 0xff, 0xff, 0xff], new byte[32], new byte[36], [0xff, 0xff, 0x7f, 0x20],
    ];

    public static FuzzTarget Header { get; } = FuzzTarget.Of(
        "share-header", "ShareHeader.TryParse",
        new AllocationBound(1024, 4),
        (byte[] input, out ShareHeader? value, out int error) =>
        {
            error = 1;
            return ShareHeader.TryParse(input, out value);
        },
        (input, value) => CheckHeader(input, value!),
        values => values.ShareHeader().ToArray(),
        Words);

    public static FuzzTarget Proof { get; } = FuzzTarget.Of(
        "share-proof", "a header and WorkProof.Read, as nodes answer headers; rules 3 and 4",
        new AllocationBound(4096, 64),
        (byte[] input, out (ShareHeader Header, WorkProof Proof) value, out int error) =>
        {
            var reader = new ByteReader(input);
            var header = ShareHeader.Read(ref reader);
            var proof = header is null ? null : WorkProof.Read(ref reader);
            reader.ExpectEnd();
            value = (header!, proof!);
            error = (int)reader.Error;
            return !reader.Failed;
        },
        (input, value) => CheckProof(input, value.Header, value.Proof),
        values =>
        {
            var header = values.ShareHeader();
            return Bytes(header, values.WorkProof(header.Commitment));
        },
        Words,
        RepairProof);

    public static FuzzTarget Share { get; } = FuzzTarget.Of(
        "share", "ShareBlock.TryParse; the rules that need no chain",
        new AllocationBound(4096, 64),
        (byte[] input, out ShareBlock? value, out int error) =>
        {
            var accepted = ShareBlock.TryParse(input, out value, out var why);
            error = (int)why;
            return accepted;
        },
        (input, value) => CheckShare(input, value!),
        values => values.Share().ToArray(),
        Words,
        input => RepairShare(input) ?? input);

    // A whole coinbase is read to look for what it commits to.
    public static FuzzTarget Commitment { get; } = FuzzTarget.Of<Transaction?>(
        "share-commitment", "ShareCommitment.Read and Check on any transaction",
        new AllocationBound(4096, 64),
        ReadTransaction,
        (_, value) => CheckCommitment(value!),
        values => values.WorkProof(values.ShareId().Value).MainCoinbase.ToArray(),
        Words);

    public static FuzzTarget Payout { get; } = FuzzTarget.Of<Transaction?>(
        "share-payout", "PayoutAnnotation of any transaction",
        new AllocationBound(4096, 64),
        ReadTransaction,
        (_, value) => CheckPayout(value!),
        values => values.Annotated().ToArray(),
        Words);

    public static FuzzTarget Undo { get; } = FuzzTarget.Of(
        "share-undo", "ShareUndo.Parse, as stores keep it",
        new AllocationBound(4096, 16),
        (byte[] input, out ShareUndo? value, out int error) =>
        {
            (value, error) = (ShareUndo.Parse(input), 1);
            return value is not null;
        },
        (input, value) =>
        {
            // A payout script that repeats the coin's own is written as none.
            var again = value!.ToArray();
            Promise.Holds(again.Length <= input.Length, "undo data are written no longer than they were read");
            Promise.Same(again, ShareUndo.Parse(again)!.ToArray(), "undo data are read as they are written");
            return Shape.Of(
                100, Math.Min(MostFeatures, value.Spent.Length), Math.Min(MostFeatures, value.Matured.Length),
                value.Spent.Count(coin => coin.IsAnnotated));
        },
        values => values.ShareUndo().ToArray(),
        Words);

    /// <summary>Puts right what commits to what: roots, proof, work where it is easy. Null where there is no share.</summary>
    public static byte[]? RepairShare(byte[] input)
    {
        if (!ShareBlock.TryParse(input, out var share, out _) || share.Transactions.IsEmpty)
        {
            return null;
        }

        var header = share.Header with
        {
            TxRoot = LedgerMerkle.Root(share.Transactions, out _),
            WitnessRoot = WitnessCommitment.WitnessRoot(share.Transactions.AsSpan()),
        };
        return (share with { Header = header, Proof = Committed(header, share.Proof) }).ToArray();
    }

    private static byte[] RepairProof(byte[] input)
    {
        var reader = new ByteReader(input);
        var header = ShareHeader.Read(ref reader);
        var proof = header is null ? null : WorkProof.Read(ref reader);
        return proof is null ? input : Bytes(header!, Committed(header!, proof));
    }

    // Names the share in the outputs that name one, and looks for work where one hash in some suffices.
    private static WorkProof Committed(ShareHeader header, WorkProof proof)
    {
        const int tries = 16;
        var outputs = proof.MainCoinbase.Outputs
            .Select(output => ShareCommitment.Read(output) is null ? output : ShareCommitment.Output(header.Commitment));
        var coinbase = new Transaction(
            proof.MainCoinbase.Version, proof.MainCoinbase.Inputs, [.. outputs], proof.MainCoinbase.LockTime);
        var root = LedgerMerkle.FoldFirst(coinbase.Id.Value, proof.Branch.AsSpan());
        var main = proof.MainHeader with { MerkleRoot = root };
        for (uint nonce = 0; nonce < tries && !header.Bits.IsMetBy(main.Id.Value); nonce++)
        {
            main = main with { Nonce = nonce };
        }

        return new WorkProof(main, coinbase, proof.Branch);
    }

    private static bool ReadTransaction(byte[] input, out Transaction? value, out int error)
    {
        var accepted = Transaction.TryParse(input, out value, out var why);
        error = (int)why;
        return accepted;
    }

    private static byte[] Bytes(ShareHeader header, WorkProof proof)
    {
        var writer = new ByteWriter();
        header.Write(writer);
        proof.Write(writer);
        return writer.ToArray();
    }

    private static ulong CheckHeader(byte[] input, ShareHeader value)
    {
        Promise.Same(input, value.ToArray(), "a header is written as it was read");
        Promise.Holds(
            value.Length == input.Length && value.Commitment == Hash256.DoubleSha256(input), "a commitment is the bytes' hash");
        Promise.Holds((value with { }).Commitment == value.Commitment, "a copy has the same commitment");
        Promise.Holds(
            (value with { Time = value.Time ^ 1 }).Commitment != value.Commitment, "a changed copy has another commitment");
        var form = ShareChecks.CheckHeaderForm(value, SharechainProfiles.P2PoolV2);
        return Shape.Of(100, value.Uncles.Length, (int)form, Shape.Bit(value.Bits.TryExpand(out _)));
    }

    private static ulong CheckProof(byte[] input, ShareHeader header, WorkProof proof)
    {
        Promise.Same(input, Bytes(header, proof), "a header and its proof are written as they were read");
        Promise.Holds(header.Length + proof.Length == input.Length, "lengths are those of the bytes");
        var verdict = ShareChecks.CheckProof(header, proof, header.Bits);
        Promise.Holds(
            verdict != ShareRefusal.None || (header.Bits.IsMetBy(proof.MainHeader.Id.Value) && proof.IsInMerkleRoot),
            "a proof has work and is over its coinbase");
        return Shape.Of(
            100, (int)verdict, Math.Min(MostFeatures, proof.Branch.Length), Shape.Bit(proof.IsInMerkleRoot),
            (int)TransactionChecks.Check(proof.MainCoinbase));
    }

    private static ulong CheckShare(byte[] input, ShareBlock value)
    {
        Promise.Same(input, value.ToArray(), "a share is written as it was read");
        Promise.Holds(
            value.BaseSize + value.Transactions.Sum(each => each.TotalSize) == input.Length, "sizes are lengths");
        Promise.Holds(
            value.Weight >= input.Length && value.Weight <= 4L * input.Length, "a byte weighs one to four units");
        var work = value.Proof.MainHeader;
        var other = value with { Proof = value.Proof with { MainHeader = work with { Nonce = work.Nonce ^ 1 } } };
        Promise.Holds(other.Id != value.Id, "another nonce is another share");
        Promise.Holds((value with { }).Id == value.Id, "a copy has the same id");
        Promise.Holds(
            value.Id.Value == Hash256.DoubleSha256([.. value.Header.ToArray(), .. work.ToArray()]), "an id is header and work");
        var verdict = ShareChecks.CheckAlone(value, SharechainProfiles.P2ShareDevnet);
        var body = ShareChecks.CheckAlone(value, SharechainProfiles.P2PoolV2);
        return Shape.Of(
            100, (int)verdict.Refusal, (int)body.Refusal, Math.Min(MostFeatures, value.Transactions.Length),
            Math.Min(MostFeatures, value.Proof.Branch.Length));
    }

    private static ulong CheckCommitment(Transaction coinbase)
    {
        Hash256? first = null;
        var (named, worthless) = (0, 0);
        foreach (var output in coinbase.Outputs)
        {
            if (ShareCommitment.Read(output) is not { } id)
            {
                continue;
            }

            Promise.Holds(
                ShareCommitment.Output(id).ScriptPubKey == output.ScriptPubKey, "a commitment is written as it was read");
            named++;
            if (output.Value == Amount.Zero)
            {
                first ??= id;
                worthless++;
            }
        }

        var verdict = ShareCommitment.Check(coinbase, first ?? default);
        Promise.Holds(verdict != ShareRefusal.None || worthless == 1, "a coinbase commits to its share exactly once");
        Promise.Holds(worthless != 0 || verdict == ShareRefusal.CommitmentMissing, "no commitment is missed");
        return Shape.Of(100, (int)verdict, Math.Min(MostFeatures, named), Math.Min(MostFeatures, worthless));
    }

    private static ulong CheckPayout(Transaction transaction)
    {
        var all = PayoutAnnotation.ReadAll(transaction);
        foreach (var output in transaction.Outputs)
        {
            if (PayoutAnnotation.TryRead(output, out var index, out var payout))
            {
                Promise.Holds(
                    PayoutAnnotation.Output((byte)index, payout) == output, "an annotation is written as it was read");
            }
        }

        for (var i = 0; i < Math.Min(transaction.Outputs.Length, MostFeatures); i++)
        {
            var paid = PayoutAnnotation.PayoutOf(transaction, i);
            var own = PayoutAnnotation.OwnPayout(transaction.Outputs[i].ScriptPubKey);
            var expected = all?.TryGetValue(i, out var named) == true ? named : own;
            Promise.Holds(paid == expected, "one output's payout is the one among all");
        }

        return Shape.Of(100, Math.Min(MostFeatures, all?.Count ?? 0), Math.Min(MostFeatures, transaction.Outputs.Length));
    }
}
