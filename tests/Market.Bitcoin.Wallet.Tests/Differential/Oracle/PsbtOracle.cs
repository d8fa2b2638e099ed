using Market.Bitcoin.Encoding;
using Market.Fuzzing;
using NB = global::NBitcoin;

namespace Market.Bitcoin.Wallet.Tests.Differential.Oracle;

/// <summary>PSBTs of version 0 and 2 against NBitcoin.</summary>
public sealed class PsbtOracle
{
    private static readonly byte[] FinalSequence = [0xff, 0xff, 0xff, 0xff];
    private static readonly FuzzTarget Target = FuzzTargets.Find("psbt")!;

    [Fact]
    public void PSBTs_right_and_changed_are_read_the_same() =>
        OracleRun.Each("PSBTs", 1500, (values, seed) =>
        {
            var good = values.Psbt(values.Chance(2)).ToArray();
            return Read(values.Chance(3) ? good : new Mutator(Target, seed).Next([good]));
        });

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Signed_PSBTs_end_as_the_same_transaction(int version) =>
        OracleRun.Each($"signed PSBTs of version {version}", 100, (values, _) =>
        {
            var made = PsbtCase.Make(values, version);
            using var spend = made.Spend;
            foreach (var key in made.Keys.Where(_ => !values.Chance(12)))
            {
                made.Psbt.Sign(key);
            }

            return Finish(made.Psbt);
        });

    private static Verdict Finish(Psbt mine)
    {
        var bytes = mine.ToArray();
        var theirs = NB.PSBT.Load(bytes, NB.Network.Main);
        var isDone = mine.FinalizeAll() == PsbtError.None;
        if (isDone != theirs.TryFinalize(out _))
        {
            return Verdict.Differs(isDone, $"finished {isDone} here: {Hex.Encode(bytes)}");
        }

        if (!isDone)
        {
            return new Verdict(false);
        }

        Assert.True(mine.TryExtract(out var transaction, out _));
        return transaction.ToHex() == theirs.ExtractTransaction().ToHex() ? new Verdict(true)
            : Verdict.Differs(true, $"ends otherwise: {Hex.Encode(bytes)}");
    }

    internal static Verdict Read(byte[] bytes)
    {
        var isRead = Psbt.TryParse(bytes, out var mine, out var error);
        NB.PSBT? theirs = null;
        var why = string.Empty;
        try
        {
            theirs = NB.PSBT.Load(bytes, NB.Network.Main);
        }
        catch (Exception refusal) when (Theirs.IsRefusal(refusal))
        {
            why = $"{refusal.GetType().Name} \"{refusal.Message}\"";
        }

        if (isRead != theirs is not null)
        {
            return Name(error, why) is { } name ? new Verdict(isRead, name)
                : Verdict.Differs(isRead, $"{error} here, {why} there: {Hex.Encode(bytes)}");
        }

        return isRead ? Compare(bytes, mine!, theirs!) : new Verdict(false);
    }

    private static KnownDifference? Name(PsbtError mine, string theirs) => mine switch
    {
        PsbtError.TrailingBytes => KnownDifference.PsbtTrailingBytes,
        PsbtError.Truncated => KnownDifference.PsbtTruncated,
        PsbtError.KeyLength => KnownDifference.PsbtKeyLength,
        PsbtError.InvalidKey => KnownDifference.PsbtInvalidKey,
        PsbtError.InvalidValue => KnownDifference.PsbtInvalidValue,
        PsbtError.None when theirs.Contains("amount is out of range", StringComparison.Ordinal) =>
            KnownDifference.PsbtAmountOutOfRange,
        _ => null,
    };

    private static Verdict Compare(byte[] bytes, Psbt mine, NB.PSBT theirs)
    {
        NB.Transaction unsigned;
        try
        {
            unsigned = theirs.GetGlobalTransaction();
        }
        catch (InvalidOperationException refusal)
        {
            return refusal.Message.Contains("all input sequences are final", StringComparison.Ordinal)
                ? new Verdict(true, KnownDifference.PsbtLockThatDoesNotBind)
                : Verdict.Differs(true, $"{refusal.Message}: {Hex.Encode(bytes)}");
        }

        if (Theirs.Back(unsigned.GetHash()) != mine.UnsignedTransaction.Id.Value)
        {
            return Verdict.Differs(true, $"of another transaction: {Hex.Encode(bytes)}");
        }

        if (!Psbt.TryParse(theirs.ToBytes(), out var again, out var error))
        {
            return Verdict.Differs(true, $"{error} in what it writes of {Hex.Encode(bytes)}");
        }

        if (HasSameFields(mine, again))
        {
            return new Verdict(true);
        }

        foreach (var input in mine.Inputs)
        {
            input.RemoveAll(field => field.Type == PsbtInputType.Sequence && field.Value.Span.SequenceEqual(FinalSequence));
        }

        return HasSameFields(mine, again) ? new Verdict(true, KnownDifference.PsbtFinalSequenceLeftOut)
            : Verdict.Differs(true, $"written otherwise, {Show(mine, again)}: {Hex.Encode(bytes)}");
    }

    private static string Show(Psbt mine, Psbt again)
    {
        var maps = new[] { (mine.Global, again.Global) }
            .Concat(mine.Inputs.Zip(again.Inputs)).Concat(mine.Outputs.Zip(again.Outputs));
        return string.Join("; ", maps.Where(pair => !pair.Item1.HasSameFields(pair.Item2)).Select(pair =>
            $"{Fields(pair.Item1, pair.Item2)} lost, {Fields(pair.Item2, pair.Item1)} new"));
    }

    private static string Fields(PsbtMap map, PsbtMap other) => string.Join(' ', map.Fields
        .Where(field => !other.Fields.Any(each => each.Type == field.Type && each.KeyData.Span.SequenceEqual(field.KeyData.Span)
            && each.Value.Span.SequenceEqual(field.Value.Span)))
        .Select(field => $"{field.Type:x2}:{Hex.Encode(field.KeyData.Span)}={Hex.Encode(field.Value.Span)}"));

    private static bool HasSameFields(Psbt mine, Psbt again) =>
        mine.Global.HasSameFields(again.Global)
        && mine.Inputs.Zip(again.Inputs).All(pair => pair.First.HasSameFields(pair.Second))
        && mine.Outputs.Zip(again.Outputs).All(pair => pair.First.HasSameFields(pair.Second));
}
