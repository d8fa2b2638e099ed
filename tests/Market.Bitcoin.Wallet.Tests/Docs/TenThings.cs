using System.Collections.Immutable;
using Market.Bitcoin.Encoding;

namespace Market.Bitcoin.Wallet.Tests.Docs;

/// <summary>
/// The snippets of docs/bitcoin.md, compiled and run: each region stands there word for word under its heading
/// (<see cref="BitcoinPage"/> compares them).
/// </summary>
public sealed class TenThings
{
    private static readonly byte[] Entropy32 = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];

    [Fact]
    public void Reads_and_writes_an_address()
    {
        var text = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4";

        #region Read and write an address
        if (!BitcoinAddress.TryParse(text, Network.Mainnet, out var address, out AddressError error))
        {
            throw new FormatException($"No address of the mainnet: {error}.");
        }

        Script script = address.ScriptPubKey;
        string again = BitcoinAddress.FromScript(script, Network.Mainnet).ToString();
        Network own = Network.Regtest with { Bech32Hrp = "rb" };    // any other chain of Bitcoin's kind
        bool isOfThere = BitcoinAddress.TryParse(text, own, out _, out _);
        #endregion

        Assert.Equal((text, ScriptKind.P2wpkh, false), (again, script.Kind, isOfThere));
    }

    [Fact]
    public void Makes_keys_from_a_phrase()
    {
        var entropy32 = Entropy32;

        #region Make keys from a phrase
        Mnemonic phrase = Mnemonic.FromEntropy(entropy32);          // prints redacted; Reveal() gives the words
        using var master = ExtendedPrivateKey.FromSeed(phrase.ToSeed());
        using var account = master.Derive(KeyPath.Parse("m/84'/0'/0'"));
        ExtendedPublicKey shared = account.ToPublic();              // derives addresses without secrets
        Script first = Script.P2wpkh(shared.Derive(0).Derive(0).Key);
        #endregion

        using var same = master.Derive(KeyPath.Parse("m/84'/0'/0'/0/0"));
        Assert.Equal(Script.P2wpkh(same.Key.PublicKey), first);
        Assert.Equal(24, phrase.Reveal().Split(' ').Length);
        Assert.DoesNotContain(phrase.Reveal().Split(' ')[0], phrase.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Pays()
    {
        var address = BitcoinAddress.FromScript(Script.P2wpkh(Spender.Key(9).PublicKey), Network.Mainnet);
        var changeScript = Script.P2wpkh(Spender.Key(1).PublicKey);
        static PrivateKey KeyOf(TxOut output) => Spender.Key(1);
        ImmutableArray<SpendableCoin> coins =
        [
            new(new OutPoint(new TxId(Hashes.Sha256([1])), 0), new TxOut(new Amount(200_000), changeScript)),
            new(new OutPoint(new TxId(Hashes.Sha256([1])), 1), new TxOut(new Amount(100_000), changeScript)),
        ];

        #region Pay
        UnsignedTransaction? payment = new TransactionBuilder(FeeRate.PerVByte(5))
            .Pay(address.ScriptPubKey, new Amount(250_000))         // dust is refused here
            .Fund(coins, changeScript);                             // null where the coins do not suffice
        Transaction signed = payment!.Sign(output => KeyOf(output)); // P2WPKH, P2TR key paths, P2PKH
        byte[] raw = signed.ToArray();
        #endregion

        Assert.Equal(
            RelayError.None, RelayPolicy.Default.Check(new PrecomputedTransaction(signed, payment.SpentOutputs)));
        Assert.Equal(signed.Id, Transaction.Parse(raw).Id);
    }

    [Fact]
    public void Tells_whether_a_transaction_may_spend()
    {
        using var key = Spender.Key(1);
        var unsigned = Spender.Spend(Script.P2wpkh(key.PublicKey));
        var spentOutputs = unsigned.SpentOutputs;
        var transaction = TransactionSigner.Sign(unsigned.Transaction, spentOutputs, _ => Spender.Key(1));
        var salt = Entropy32;

        #region Tell whether a transaction may spend what it spends
        var spend = new PrecomputedTransaction(transaction, spentOutputs);  // all of them, in order
        ScriptError result = ScriptVerifier.VerifyAll(spend, ScriptFlags.Consensus, out int failedInput);

        var cache = new SignatureCache(salt);                       // what the mempool verified, blocks need not
        FailedInput? failed = ParallelVerifier.Verify([spend], ScriptFlags.Standard, maxThreads: 4, cache);
        #endregion

        Assert.Equal((ScriptError.OK, -1, null), (result, failedInput, failed));
    }

    [Fact]
    public void Signs_by_hand()
    {
        using var key = Spender.Key(1);
        var refundScript = new ScriptBuilder().PushBytes(Spender.Key(2).PublicKey.XOnly.Span).Op(Opcode.OP_CHECKSIG).Build();
        var auxiliaryEntropy = Entropy32;
        var claim = new ScriptBuilder().PushBytes(key.PublicKey.XOnly.Span).Op(Opcode.OP_CHECKSIG).Build();
        var unsigned = Spender.Spend(Taproot.ToScript(
            XOnlyPublicKey.Nums, TapTree.Branch(TapTree.Leaf(claim), TapTree.Leaf(refundScript)).Hash)).Transaction;
        var amount = new Amount(100_000);

        #region Sign by hand, here a script of a taproot tree
        Script claimScript = new ScriptBuilder().PushBytes(key.PublicKey.XOnly.Span).Op(Opcode.OP_CHECKSIG).Build();
        TapTree tree = TapTree.Branch(TapTree.Leaf(claimScript), TapTree.Leaf(refundScript));
        Script output = Taproot.ToScript(XOnlyPublicKey.Nums, tree.Hash);

        var spend = new PrecomputedTransaction(unsigned, [new TxOut(amount, output)]);
        TaprootSpend path = TaprootSpend.ScriptPath(tree.Leaves[0].Hash);
        spend.TryTaprootSighash(0, SighashType.Default, path, out Hash256 hash);
        byte[] signature = key.SignSchnorr(hash, auxiliaryEntropy).ToWitnessItem();
        byte[] control = tree.Leaves[0].ControlBlock(XOnlyPublicKey.Nums);
        var witness = new Witness(signature, claimScript.ToArray(), control);
        #endregion

        var signed = new Transaction(
            unsigned.Version, [unsigned.Inputs[0] with { Witness = witness }], unsigned.Outputs, unsigned.LockTime);
        Assert.Equal(ScriptError.OK, ScriptVerifier.Verify(signed, 0, spend.SpentOutputs, ScriptFlags.Standard));
    }

    [Fact]
    public void Writes_a_contract_and_lets_a_wallet_sign_it()
    {
        using var key = Spender.Key(1);
        var preimage = Spender.Preimage(7);
        var (claim, refund) = (key.PublicKey, Spender.Key(2).PublicKey);
        var (hash, expiry) = (Spender.Sha256Of(7), 1_900_000_000);

        #region Write a contract as a descriptor
        Descriptor htlc = Descriptor.Parse(
            $"wsh(andor(pk({claim}),sha256({hash}),and_v(v:pk({refund}),after({expiry}))))", Network.Mainnet);
        Script output = htlc.ToScript();
        string text = htlc.ToString();                              // with its checksum
        #endregion

        Assert.Equal(output, Descriptor.Parse(text, Network.Mainnet).ToScript());
        var spending = Spender.Spend(output);
        var (unsigned, spent) = (spending.Transaction, spending.SpentOutputs[0]);

        #region Let any wallet sign it
        Psbt psbt = Psbt.Create(unsigned);                          // CreateVersion2 for BIP370
        psbt.Inputs[0].Set(
            PsbtInputType.SpentOutput, new ByteWriter().Int64(spent.Value.Sats).VarBytes(spent.ScriptPubKey.Span).ToArray());
        htlc.UpdateInput(psbt.Inputs[0]);                           // scripts, keys and where these come from
        psbt.Inputs[0].Set(PsbtInputType.Sha256Preimage, Hex.Decode(hash), preimage);
        psbt.Sign(key);                                             // signs ALL and DEFAULT only, unless told otherwise
        PsbtError error = psbt.FinalizeAll();                       // the smallest witness; checked by the interpreter
        bool isWhole = psbt.TryExtract(out Transaction? final, out _);
        #endregion

        Assert.Equal((PsbtError.None, true), (error, isWhole));
        Assert.Equal(ScriptError.OK, ScriptVerifier.Verify(final!, 0, [spent], ScriptFlags.Standard));
    }

    [Fact]
    public void Reads_a_block_and_proves_what_is_in_it()
    {
        var values = new Fuzzing.RandomValues(1);
        var bytes = values.Block().ToArray();
        var txid = Block.Parse(bytes).Transactions[^1].Id;

        #region Read a block and prove that a transaction is in it
        if (!Block.TryParse(bytes, out Block? block, out ParseError why))
        {
            throw new FormatException($"No block: {why}.");
        }

        Hash256[] ids = [.. block.Transactions.Select(transaction => transaction.Id.Value)];
        MerkleBranch branch = MerkleTree.Branch(ids, Array.IndexOf(ids, txid.Value));
        bool isIncluded = branch.Fold(txid.Value) == block.Header.MerkleRoot;
        #endregion

        Assert.True(isIncluded);
        Assert.Equal(bytes, block.ToArray());
    }

    [Fact]
    public void Knows_beforehand_what_nodes_relay()
    {
        var unsigned = Spender.Spend(Script.P2wpkh(Spender.Key(1).PublicKey));
        var transaction = TransactionSigner.Sign(unsigned.Transaction, unsigned.SpentOutputs, _ => Spender.Key(1));
        var spentOutputs = unsigned.SpentOutputs;
        var script = unsigned.SpentOutputs[0].ScriptPubKey;

        #region Know beforehand that nodes will relay it
        var spend = new PrecomputedTransaction(transaction, spentOutputs);
        RelayError refusal = RelayPolicy.Default.Check(spend);      // shape, inputs, fee and scripts, at their strictest
        Amount least = Dust.Threshold(script);
        Amount fee = FeeRate.MinimumRelay.FeeFor(RelayPolicy.VirtualSize(transaction, [.. spentOutputs]));
        #endregion

        Assert.Equal((RelayError.None, 294), (refusal, least.Sats));
        Assert.InRange(fee.Sats, 100, 120);
    }

    [Fact]
    public void Proves_that_an_output_is_ones_own()
    {
        using var key = Spender.Key(1);
        var outPoint = new OutPoint(new TxId(Hashes.Sha256([1])), 3);
        var output = new TxOut(new Amount(5_000), Script.P2wpkh(key.PublicKey));

        #region Prove that an output is yours
        byte[] text = System.Text.Encoding.UTF8.GetBytes($"market.example, order 7041: {outPoint} is mine");
        string proof = Bip322.Sign(text, output.ScriptPubKey, key);
        bool isOwn = Bip322.Verify(text, output.ScriptPubKey, proof).IsValid;
        #endregion

        Assert.True(isOwn);
        Assert.False(Bip322.Verify([.. text, 0], output.ScriptPubKey, proof).IsValid);
    }
}
