using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using Market.Bitcoin.Encoding;
using Market.Bitcoin.Wallet;
using Market.Fuzzing;

namespace Market.Bitcoin.Tests.Properties;

/// <summary>What holds of every value, whichever it is.</summary>
public sealed class ValueProperties
{
    [Fact]
    public void Numbers_in_scripts_are_read_as_they_were_written() => Prop.ForAll<long>(number =>
    {
        var bytes = ScriptNumber.Encode(number);
        return ScriptNumber.IsMinimal(bytes)
            && (bytes.Length > 8 || (ScriptNumber.TryDecode(bytes, true, 8, out var read) && read == number));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Pushes_are_read_as_they_were_written() => Prop.ForAll<byte[]>(data =>
    {
        var script = new ScriptBuilder().PushBytes(data).Push(data).Build();
        var reader = new ScriptReader(script.Span);
        return reader.TryRead(out _, out var first) && first.SequenceEqual(data) && reader.TryRead(out _, out _)
            && reader.AtEnd && script.IsPushOnly;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Every_merkle_branch_leads_to_the_root_and_no_other_leaf_does() => Prop.ForAll<byte[]>(bytes =>
    {
        var leaves = bytes.Select((value, i) => Hashes.Sha256([value, (byte)i, (byte)(i >> 8)])).ToArray();
        var root = MerkleTree.Root(leaves, out var mutated);
        return !mutated && Enumerable.Range(0, leaves.Length).All(i =>
            MerkleTree.Branch(leaves, i).Fold(leaves[i]) == root
            && (leaves.Length == 1 || MerkleTree.Branch(leaves, i).Fold(leaves[i == 0 ? 1 : 0]) != root));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Fees_are_rounded_up_and_rates_down() => Prop.ForAll<ushort, ushort>((rate, size) =>
    {
        var fee = new FeeRate(rate).FeeFor(size + 1).Sats;
        return fee * 1000 >= (long)rate * (size + 1) && (fee - 1) * 1000 < (long)rate * (size + 1)
            && FeeRate.Of(new Amount(fee), size + 1).SatsPerKvB >= rate;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Sums_of_amounts_are_exact_or_refused() => Prop.ForAll<long, long>((left, right) =>
    {
        var exact = (Int128)left + right;
        var problem = Record.Exception(() => new Amount(left) + new Amount(right));
        return exact >= long.MinValue && exact <= long.MaxValue
            ? problem is null && (new Amount(left) + new Amount(right)).Sats == exact
            : problem is OverflowException;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Bytes_survive_base58_and_its_checksum_sees_every_changed_letter() => Prop.ForAll<byte[], int>((bytes, at) =>
    {
        var data = bytes.Take(100).ToArray();
        var text = Base58.EncodeCheck(data);
        var place = (int)((uint)at % text.Length);
        var changed = text[..place] + (text[place] == 'x' ? 'y' : 'x') + text[(place + 1)..];
        return Base58.TryDecode(Base58.Encode(data), out var plain) && plain.AsSpan().SequenceEqual(data)
            && Base58.TryDecodeCheck(text, out var read) && read.AsSpan().SequenceEqual(data)
            && !Base58.TryDecodeCheck(changed, out _);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Addresses_have_a_checksum_that_sees_every_changed_letter() => Prop.ForAll<int, int>((seed, at) =>
    {
        var text = BitcoinAddress.FromScript(new RandomValues(seed).AddressScript(), Network.Mainnet).ToString();
        var place = (int)((uint)at % text.Length);
        var changed = text[..place] + (text[place] == 'q' ? 'p' : 'q') + text[(place + 1)..];
        return !BitcoinAddress.TryParse(changed, Network.Mainnet, out _, out _);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Two_changed_letters_never_pass_a_bech32_checksum() => Prop.ForAll<int, int, int>((seed, first, second) =>
    {
        const string letters = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
        var script = Script.WitnessProgram(1, new RandomValues(seed).Bytes(32));
        var text = BitcoinAddress.FromScript(script, Network.Mainnet).ToString().ToCharArray();
        var good = new string(text);
        foreach (var at in new[] { first, second })
        {
            text[3 + (uint)at % (uint)(text.Length - 3)] = letters[(at >> 8) & 31];
        }

        var changed = new string(text);
        return changed == good || !BitcoinAddress.TryParse(changed, Network.Mainnet, out _, out _);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Compact_targets_keep_the_leading_23_bits() => Prop.ForAll<int>(seed =>
    {
        var target = U256.FromBigEndian(new RandomValues(seed).Bytes(32)) >> (int)((uint)seed % 256);
        var compact = CompactTarget.FromTarget(target);
        var left = target.ToBigInteger();
        var lost = BigInteger.One << Math.Max(0, target.BitLength - 15);
        return target.IsZero
            ? !compact.TryExpand(out _)
            : compact.TryExpand(out var expanded) && expanded <= target && expanded.ToBigInteger() + lost > left
                && CompactTarget.FromTarget(expanded) == compact;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Whatever_a_PSBT_is_given_it_holds_through_bytes_and_merging() => Prop.ForAll<int, byte[]>((seed, key) =>
    {
        var values = new RandomValues(seed);
        var version = values.Below(2) * 2;
        var bare = values.Psbt(version == 2);
        var (input, type, value) = (values.Below(bare.Inputs.Length), 0x40UL + (ulong)values.Below(400), values.SomeBytes(60));
        type = type is 0xfc ? 0xfd : type;
        var psbt = bare.Clone();
        psbt.Inputs[input].Set(type, key, value);
        return bare.Merge(psbt) == PsbtError.None
            && new[] { psbt, bare }.All(each => Psbt.TryParse(each.ToArray(), out var read, out _)
                && read.Inputs[input].Find(type, key) is { } found && found.Span.SequenceEqual(value)
                && read.Inputs[input].Fields.Count == bare.Inputs[input].Fields.Count
                && read.Version == version);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Arithmetic_of_256_bits_is_that_of_big_integers() => Prop.ForAll<int, byte>((seed, shift) =>
    {
        var values = new RandomValues(seed);
        var left = U256.FromLittleEndian(values.Bytes(32)) >> (values.Below(256));
        var right = U256.FromLittleEndian(values.Bytes(32)) >> (values.Below(256));
        var modulus = BigInteger.One << 256;
        return (left << shift).ToBigInteger() == (left.ToBigInteger() << shift) % modulus
            && (left >> shift).ToBigInteger() == left.ToBigInteger() >> shift
            && left.CompareTo(right) == left.ToBigInteger().CompareTo(right.ToBigInteger())
            && U256.FromBigInteger(left.ToBigInteger()) == left;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Signatures_verify_under_their_key_and_hash_alone() => Prop.ForAll<int>(seed =>
    {
        var values = new RandomValues(seed);
        using var key = values.Key();
        using var other = values.Key();
        var (hash, different) = (values.Hash(), values.Hash());
        var ecdsa = key.SignEcdsa(hash);
        var schnorr = key.SignSchnorr(hash, values.Bytes(32));
        return key.PublicKey.Verify(hash, ecdsa) && ecdsa.IsLowS && ecdsa.IsLowR && !key.PublicKey.Verify(different, ecdsa)
            && !other.PublicKey.Verify(hash, ecdsa) && key.PublicKey.XOnly.Verify(hash, schnorr)
            && !key.PublicKey.XOnly.Verify(different, schnorr) && !other.PublicKey.XOnly.Verify(hash, schnorr)
            && PublicKey.TryRecover(hash, key.SignRecoverable(hash, out var id), id, out var recovered)
            && recovered.Equals(key.PublicKey);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Whatever_is_signed_verifies_and_whatever_is_changed_does_not() => Prop.ForAll<int>(seed =>
    {
        using var spend = new RandomValues(seed).Spend(ScriptKind.P2wpkh, ScriptKind.P2tr, ScriptKind.P2pkh);
        var signed = TransactionSigner.Sign(spend.Transaction, spend.Spent, i => spend.Keys[i]);
        var changed = new Transaction(signed.Version, signed.Inputs, signed.Outputs, signed.LockTime + 1);
        return ScriptVerifier.VerifyAll(new PrecomputedTransaction(signed, spend.Spent), ScriptFlags.Standard, out _)
            == ScriptError.OK
            && ScriptVerifier.VerifyAll(new PrecomputedTransaction(changed, spend.Spent), ScriptFlags.Standard, out _)
            != ScriptError.OK;
    }).QuickCheckThrowOnFailure();
}
