using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;

namespace Market.Sharechain;

/// <summary>Whom the mainchain coinbase of a share pays, and in what proportions. A closed set; immutable.</summary>
public abstract record Payees
{
    private const byte DrawnKind = 1;
    private const byte WeighedKind = 2;

    private Payees()
    {
    }

    /// <summary>The scripts, first the one that gets what rounding leaves; one may stand several times.</summary>
    public abstract ImmutableArray<Script> Scripts { get; }

    /// <summary>What the coinbase pays of a reward.</summary>
    /// <param name="reward">All that is handed out.</param>
    /// <returns>Outputs of value; a part of nought is none.</returns>
    public abstract ImmutableArray<TxOut> Outputs(Amount reward);

    /// <summary>Writes them, to be read by <see cref="Read"/>.</summary>
    public abstract void Write(ByteWriter writer);

    /// <summary>Reads what <see cref="Write"/> wrote; the reader holds the error where the result is null.</summary>
    public static Payees? Read(ref ByteReader reader)
    {
        var kind = reader.ReadByte();
        var holders = new Holder[reader.ReadCount(1)];
        for (var i = 0; i < holders.Length; i++)
        {
            var script = new Script(reader.ReadVarBytes().ToArray());
            holders[i] = new Holder(script, kind == WeighedKind ? reader.ReadInt64() : 0);
        }

        if (kind is not (DrawnKind or WeighedKind) || holders.Length == 0)
        {
            reader.Fail(ParseError.InvalidValue);
        }

        return reader.Failed ? null
            : kind == DrawnKind ? new Drawn([.. holders.Select(holder => holder.Script)])
            : new Weighed([.. holders]);
    }

    /// <summary>Equal parts for each draw; see <see cref="Draws"/>.</summary>
    /// <param name="Winners">One for each draw; at least one.</param>
    public sealed record Drawn(ImmutableArray<Script> Winners) : Payees
    {
        /// <inheritdoc/>
        public override ImmutableArray<Script> Scripts => Winners;

        /// <inheritdoc/>
        public override ImmutableArray<TxOut> Outputs(Amount reward) => Draws.Outputs(Winners, reward);

        /// <inheritdoc/>
        public override void Write(ByteWriter writer)
        {
            writer.Byte(DrawnKind).CompactSize((ulong)Winners.Length);
            foreach (var winner in Winners)
            {
                writer.VarBytes(winner.Span);
            }
        }

        /// <inheritdoc/>
        public bool Equals(Drawn? other) => other is not null && Winners.SequenceEqual(other.Winners);

        /// <inheritdoc/>
        public override int GetHashCode() => Winners[0].GetHashCode();
    }

    /// <summary>Parts by weight; see <see cref="WindowSplit"/>.</summary>
    /// <param name="Holders">Largest first, at least one.</param>
    public sealed record Weighed(ImmutableArray<Holder> Holders) : Payees
    {
        /// <inheritdoc/>
        public override ImmutableArray<Script> Scripts => [.. Holders.Select(holder => holder.Script)];

        /// <inheritdoc/>
        public override ImmutableArray<TxOut> Outputs(Amount reward) => WindowSplit.Outputs(Holders.AsSpan(), reward);

        /// <inheritdoc/>
        public override void Write(ByteWriter writer)
        {
            writer.Byte(WeighedKind).CompactSize((ulong)Holders.Length);
            foreach (var holder in Holders)
            {
                writer.VarBytes(holder.Script.Span).Int64(holder.Weight);
            }
        }

        /// <inheritdoc/>
        public bool Equals(Weighed? other) => other is not null && Holders.SequenceEqual(other.Holders);

        /// <inheritdoc/>
        public override int GetHashCode() => Holders[0].GetHashCode();
    }
}
