using System.Collections.Immutable;
using Market.Bitcoin.Ledger;

namespace Market.Fuzzing;

/// <summary>Random valid values of every kind, from a seed that replays.</summary>
public sealed partial class RandomValues(int seed)
{
    private static readonly uint[] Sequences =
        [0, 1, 5, 0x0040_0001, 0x7fff_ffff, 0x8000_0000, TxIn.ReplaceableSequence, 0xffff_fffe, TxIn.FinalSequence];

    private readonly Random _random = new(seed);

    public static IReadOnlyList<Network> Networks { get; } =
        [Network.Mainnet, Network.Testnet, Network.Regtest, Network.Sharechain, Network.SharechainDevnet];

    public int Below(int limit) => _random.Next(limit);

    public bool Chance(int onceIn) => _random.Next(onceIn) == 0;

    public T OneOf<T>(params ReadOnlySpan<T> choices) => choices[_random.Next(choices.Length)];

    public byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        _random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>Some bytes, mostly few.</summary>
    public byte[] SomeBytes(int most = 600) => Bytes(Math.Min(most, _random.Next(1 << _random.Next(1, 11))));

    public uint UInt32() => (uint)_random.NextInt64(1L << 32);

    public Hash256 Hash() => new(Bytes(Hash256.Length));

    public PrivateKey Key()
    {
        PrivateKey? key;
        while (!PrivateKey.TryCreate(Bytes(PrivateKey.Length), out key))
        {
            // Once in 2^127: a number that is no key.
        }

        return key;
    }

    public PublicKey PublicKey(bool mayBeLong = false)
    {
        using var key = Key();
        return mayBeLong && Chance(4) ? key.PublicKey.Decompress() : key.PublicKey;
    }

    /// <summary>A script that has an address.</summary>
    public Script AddressScript() => Below(6) switch
    {
        0 => Bitcoin.Script.P2pkh(new Hash160(Bytes(20))),
        1 => Bitcoin.Script.P2sh(new Hash160(Bytes(20))),
        2 => Bitcoin.Script.P2wpkh(new Hash160(Bytes(20))),
        3 => Bitcoin.Script.WitnessProgram(0, Bytes(32)),
        4 => Bitcoin.Script.P2tr(PublicKey().XOnly),
        _ => Bitcoin.Script.WitnessProgram(1 + Below(16), Bytes(2 + Below(39))),
    };

    /// <summary>A locking script of any kind.</summary>
    public Script Script() => Below(8) switch
    {
        0 => Bitcoin.Script.P2pk(PublicKey(mayBeLong: true)),
        1 => Bitcoin.Script.Multisig(1 + Below(2), PublicKey(), PublicKey(mayBeLong: true), PublicKey()),
        2 => Bitcoin.Script.OpReturn(SomeBytes(200)),
        3 => new Script(SomeBytes()),
        4 => Operations(),
        _ => AddressScript(),
    };

    /// <summary>A script of whole operations.</summary>
    public Script Operations()
    {
        var builder = new ScriptBuilder();
        for (var count = Below(24); count >= 0; count--)
        {
            _ = Below(4) switch
            {
                0 => builder.Push(SomeBytes(80)),
                1 => builder.Number(_random.NextInt64(-(1L << Below(40)), 1L << Below(40))),
                _ => builder.Op((Opcode)(0x50 + Below(0xbb - 0x50))),
            };
        }

        return builder.Build();
    }

    public TxOut Output() => new(new Amount(_random.NextInt64(Amount.MaxMoney / 1000)), Script());

    public OutPoint OutPoint() => new(new TxId(Hash()), (uint)Below(Chance(8) ? int.MaxValue : 4));

    public TxIn Input(bool withWitness) => new(
        OutPoint(), Chance(2) ? default : new Script(SomeBytes(200)), OneOf<uint>(Sequences),
        withWitness ? Witness() : default);

    public Witness Witness() => new([.. Enumerable.Range(0, Below(5)).Select(_ => SomeBytes(300))]);

    /// <summary>A transaction of random parts; nothing in it is signed.</summary>
    public Transaction Transaction()
    {
        var withWitness = Chance(2);
        var inputs = Many(5, () => Input(withWitness));
        return new Transaction(OneOf(1, 2, 3, _random.Next()), inputs, Many(5, Output), OneOf(0u, 500_000u, UInt32()));
    }

    public BlockHeader Header() => new(
        (int)UInt32(), new BlockId(Hash()), Hash(), UInt32(),
        new CompactTarget(OneOf(0x207fffffu, 0x1d00ffffu, UInt32())), UInt32());

    /// <summary>A block of random transactions; every other one begins with a coinbase that commits to them.</summary>
    public Block Block()
    {
        var transactions = Many(6, Transaction);
        if (Chance(2))
        {
            transactions = transactions.Insert(0, Coinbase(Hash256.Zero));
            var commitment = WitnessCommitment.Compute(
                WitnessCommitment.WitnessRoot(transactions.AsSpan()), Hash256.Zero);
            transactions = transactions.SetItem(0, Coinbase(commitment));
        }

        var root = MerkleTree.Root([.. transactions.Select(each => each.Id.Value)]);
        return new Block(Header() with { MerkleRoot = root }, transactions);
    }

    private static Transaction Coinbase(Hash256 commitment) => new(
        2,
        [new TxIn(Bitcoin.OutPoint.Null, new Script(CoinbaseHeight.Push(500_000)), 0, new Witness(new byte[32]))],
        [new TxOut(default, WitnessCommitment.ToScript(commitment))],
        0);

    private ImmutableArray<T> Many<T>(int most, Func<T> make) =>
        [.. Enumerable.Range(0, 1 + Below(Chance(16) ? most * 8 : most)).Select(_ => make())];
}
