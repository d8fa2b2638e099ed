using Market.Contracts;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Market.Api.Data;

/// <summary>A swap: what was traded, and the machine's state as JSON.</summary>
public sealed class SwapRow : IEntityTypeConfiguration<SwapRow>
{
    /// <summary>The swap's id: see <see cref="SwapIds"/>.</summary>
    public string Id { get; set; } = "";

    /// <summary>Rises with each swap: what pages are cut by.</summary>
    public long Number { get; set; }

    /// <summary>The instrument.</summary>
    public string Instrument { get; set; } = "";

    /// <summary>The trade.</summary>
    public long TradeId { get; set; }

    /// <summary>Key of the account that gives shares.</summary>
    public string SellerKey { get; set; } = "";

    /// <summary>Key of the account that gives BTC.</summary>
    public string BuyerKey { get; set; } = "";

    /// <summary>Whether the seller's order was resting.</summary>
    public bool SellerIsMaker { get; set; }

    /// <summary>Satoshis per whole share.</summary>
    public long Price { get; set; }

    /// <summary>Base units.</summary>
    public long Quantity { get; set; }

    /// <summary>Satoshis.</summary>
    public long Notional { get; set; }

    /// <summary>When it was matched.</summary>
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>When it last changed.</summary>
    public DateTimeOffset UpdatedAt { get; set; }

    /// <summary>The machine's version.</summary>
    public long Version { get; set; }

    /// <summary>The machine's phase.</summary>
    public SwapState State { get; set; }

    /// <summary>The same in one word.</summary>
    public SwapOutcome Outcome { get; set; }

    /// <summary>Nothing is left to watch.</summary>
    public bool Closed { get; set; }

    /// <summary>When both legs were first seen locked as deep as the plan asks for; null before.</summary>
    public DateTimeOffset? LockedAt { get; set; }

    /// <summary>Who let it fail; null while it has not failed.</summary>
    public FailedBy? FailedBy { get; set; }

    /// <summary>Height of the sharechain's tip when the terms were fixed: nothing of the swap is below it.</summary>
    public int? ShareFrom { get; set; }

    /// <summary>Height of the mainchain's tip when the terms were fixed.</summary>
    public int? CoinFrom { get; set; }

    /// <summary>The machine's state as JSON. Holds nothing secret.</summary>
    public string Machine { get; set; } = "";

    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<SwapRow> builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.ToTable("swaps").HasKey(s => s.Id);
        builder.Property(s => s.Id).HasColumnName("id").HasMaxLength(32);
        builder.Property(s => s.Number).HasColumnName("number").UseIdentityAlwaysColumn();
        builder.Property(s => s.Instrument).HasColumnName("instrument").HasMaxLength(64);
        builder.Property(s => s.TradeId).HasColumnName("trade_id");
        builder.Property(s => s.SellerKey).HasColumnName("seller_key").HasMaxLength(64);
        builder.Property(s => s.BuyerKey).HasColumnName("buyer_key").HasMaxLength(64);
        builder.Property(s => s.SellerIsMaker).HasColumnName("seller_is_maker");
        builder.Property(s => s.Price).HasColumnName("price");
        builder.Property(s => s.Quantity).HasColumnName("quantity");
        builder.Property(s => s.Notional).HasColumnName("notional");
        builder.Property(s => s.CreatedAt).HasColumnName("created_at");
        builder.Property(s => s.UpdatedAt).HasColumnName("updated_at");
        builder.Property(s => s.Version).HasColumnName("version").IsConcurrencyToken();
        builder.Property(s => s.State).HasColumnName("state").HasConversion<short>();
        builder.Property(s => s.Outcome).HasColumnName("outcome").HasConversion<short>();
        builder.Property(s => s.Closed).HasColumnName("closed");
        builder.Property(s => s.LockedAt).HasColumnName("locked_at");
        builder.Property(s => s.FailedBy).HasColumnName("failed_by").HasConversion<short?>();
        builder.Property(s => s.ShareFrom).HasColumnName("share_from");
        builder.Property(s => s.CoinFrom).HasColumnName("coin_from");
        builder.Property(s => s.Machine).HasColumnName("machine");
        builder.HasIndex(s => s.Number).IsUnique().HasDatabaseName("swaps_number");
        builder.HasIndex(s => new { s.Instrument, s.TradeId }).IsUnique().HasDatabaseName("swaps_trade");
        builder.HasIndex(s => new { s.Outcome, s.Number }).HasDatabaseName("swaps_outcome");
        builder.HasIndex(s => new { s.SellerKey, s.Number }).HasDatabaseName("swaps_seller");
        builder.HasIndex(s => new { s.BuyerKey, s.Number }).HasDatabaseName("swaps_buyer");
        builder.HasIndex(s => s.Id).HasFilter("not closed").HasDatabaseName("swaps_open");
    }
}

/// <summary>An event that changed a swap: the audit log that anybody can replay.</summary>
public sealed class SwapEventRow : IEntityTypeConfiguration<SwapEventRow>
{
    /// <summary>The swap.</summary>
    public string SwapId { get; set; } = "";

    /// <summary>The machine's version after it.</summary>
    public long Version { get; set; }

    /// <summary>When the market took it in.</summary>
    public DateTimeOffset Time { get; set; }

    /// <summary>Its kind, as in the swap table.</summary>
    public string Kind { get; set; } = "";

    /// <summary>The phase before.</summary>
    public SwapState From { get; set; }

    /// <summary>The phase after.</summary>
    public SwapState To { get; set; }

    /// <summary>The chain of the transaction that made it.</summary>
    public ChainName? Chain { get; set; }

    /// <summary>The transaction that made it.</summary>
    public string? TransactionId { get; set; }

    /// <summary>The event as JSON.</summary>
    public string Event { get; set; } = "";

    /// <summary>Tips and clock that it was decided with, as JSON.</summary>
    public string Tips { get; set; } = "";

    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<SwapEventRow> builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.ToTable("swap_events").HasKey(e => new { e.SwapId, e.Version });
        builder.Property(e => e.SwapId).HasColumnName("swap_id").HasMaxLength(32);
        builder.Property(e => e.Version).HasColumnName("version").ValueGeneratedNever();
        builder.Property(e => e.Time).HasColumnName("time");
        builder.Property(e => e.Kind).HasColumnName("kind").HasMaxLength(32);
        builder.Property(e => e.From).HasColumnName("from_state").HasConversion<short>();
        builder.Property(e => e.To).HasColumnName("to_state").HasConversion<short>();
        builder.Property(e => e.Chain).HasColumnName("chain").HasConversion<short?>();
        builder.Property(e => e.TransactionId).HasColumnName("txid").HasMaxLength(64);
        builder.Property(e => e.Event).HasColumnName("event");
        builder.Property(e => e.Tips).HasColumnName("tips");
    }
}

/// <summary>A key or hash that a swap used: none is used twice.</summary>
public sealed class SwapSecretRow : IEntityTypeConfiguration<SwapSecretRow>
{
    /// <summary>The table.</summary>
    public const string Table = "swap_secrets";

    /// <summary>Hex of the public key or payment hash.</summary>
    public string Value { get; set; } = "";

    /// <summary>The swap.</summary>
    public string SwapId { get; set; } = "";

    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<SwapSecretRow> builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.ToTable(Table).HasKey(s => s.Value);
        builder.Property(s => s.Value).HasColumnName("value").HasMaxLength(66);
        builder.Property(s => s.SwapId).HasColumnName("swap_id").HasMaxLength(32);
    }
}

/// <summary>A transaction of a swap as it was seen, kept to be broadcast again after a reorganisation.</summary>
public sealed class SwapTransactionRow : IEntityTypeConfiguration<SwapTransactionRow>
{
    /// <summary>The swap.</summary>
    public string SwapId { get; set; } = "";

    /// <summary>Its id (reversed hex).</summary>
    public string TransactionId { get; set; } = "";

    /// <summary>The chain.</summary>
    public ChainName Chain { get; set; }

    /// <summary>Serialized, with witness.</summary>
    public byte[] Bytes { get; set; } = [];

    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<SwapTransactionRow> builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.ToTable("swap_transactions").HasKey(t => new { t.SwapId, t.TransactionId });
        builder.Property(t => t.SwapId).HasColumnName("swap_id").HasMaxLength(32);
        builder.Property(t => t.TransactionId).HasColumnName("txid").HasMaxLength(64);
        builder.Property(t => t.Chain).HasColumnName("chain").HasConversion<short>();
        builder.Property(t => t.Bytes).HasColumnName("bytes");
        builder.HasIndex(t => t.TransactionId).HasDatabaseName("swap_transactions_txid");
    }
}

/// <summary>Something that matching must be told (both legs are locked, or how the trade ended), written with the state that
/// brought it about.</summary>
public sealed class SwapOutboxRow : IEntityTypeConfiguration<SwapOutboxRow>
{
    /// <summary>Rises with each.</summary>
    public long Number { get; set; }

    /// <summary>The swap.</summary>
    public string SwapId { get; set; } = "";

    /// <summary>How the trade ended for the seller: settled, returned, forfeited.</summary>
    public TradeEnd Seller { get; set; }

    /// <summary>How it ended for the buyer.</summary>
    public TradeEnd Buyer { get; set; }

    /// <summary>Matching has it in its journal.</summary>
    public bool Done { get; set; }

    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<SwapOutboxRow> builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.ToTable("swap_outbox").HasKey(o => o.Number);
        builder.Property(o => o.Number).HasColumnName("number").UseIdentityAlwaysColumn();
        builder.Property(o => o.SwapId).HasColumnName("swap_id").HasMaxLength(32);
        builder.Property(o => o.Seller).HasColumnName("seller").HasConversion<short>();
        builder.Property(o => o.Buyer).HasColumnName("buyer").HasConversion<short>();
        builder.Property(o => o.Done).HasColumnName("done");
        builder.HasIndex(o => o.Number).HasFilter("not done").HasDatabaseName("swap_outbox_open");
    }
}

/// <summary>How a trade ended for one side.</summary>
public enum TradeEnd
{
    /// <summary>It has what it bought.</summary>
    Settled = 0,

    /// <summary>It failed by the other's doing or nobody's: its quantity goes back to the book.</summary>
    Returned = 1,

    /// <summary>It failed by this side's doing.</summary>
    Forfeited = 2,

    /// <summary>Not an end: both legs are locked.</summary>
    Locked = 3,
}

/// <summary>Who let a swap fail.</summary>
[Flags]
public enum FailedBy
{
    /// <summary>Nobody, as far as can be told.</summary>
    None = 0,

    /// <summary>The seller.</summary>
    Seller = 1,

    /// <summary>The buyer.</summary>
    Buyer = 2,
}
