using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Market.Api.Data;

/// <summary>
/// One batch of commands with the events they brought about, as committed. The first sequence number is the key: a
/// sequencer that appends with a stale number meets the row that made it stale, and the database refuses it.
/// </summary>
public sealed class JournalRow : IEntityTypeConfiguration<JournalRow>
{
    /// <summary>The instrument.</summary>
    public string Instrument { get; set; } = "";

    /// <summary>Number of the first command; one more than the last of the batch before.</summary>
    public long FirstSequence { get; set; }

    /// <summary>Number of the last command.</summary>
    public long LastSequence { get; set; }

    /// <summary>When the batch was carried out.</summary>
    public DateTimeOffset Time { get; set; }

    /// <summary>The commands in the journal's binary form, one after the other.</summary>
    public byte[] Commands { get; set; } = [];

    /// <summary>The events, likewise.</summary>
    public byte[] Events { get; set; } = [];

    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<JournalRow> builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.ToTable("journal").HasKey(j => new { j.Instrument, j.FirstSequence });
        builder.Property(j => j.Instrument).HasColumnName("instrument").HasMaxLength(64);
        builder.Property(j => j.FirstSequence).HasColumnName("first_sequence");
        builder.Property(j => j.LastSequence).HasColumnName("last_sequence");
        builder.Property(j => j.Time).HasColumnName("time");
        builder.Property(j => j.Commands).HasColumnName("commands");
        builder.Property(j => j.Events).HasColumnName("events");
    }
}

/// <summary>A whole book after some command: where a rebuild starts.</summary>
public sealed class BookSnapshotRow : IEntityTypeConfiguration<BookSnapshotRow>
{
    /// <summary>The instrument.</summary>
    public string Instrument { get; set; } = "";

    /// <summary>Number of the last command in it.</summary>
    public long Sequence { get; set; }

    /// <summary>When it was taken.</summary>
    public DateTimeOffset Time { get; set; }

    /// <summary>The rules of the book in JSON: commands replayed under other rules would give another book.</summary>
    public string Rules { get; set; } = "";

    /// <summary>The book in the engine's binary form.</summary>
    public byte[] State { get; set; } = [];

    /// <summary>SHA-256 of the state.</summary>
    public byte[] Hash { get; set; } = [];

    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<BookSnapshotRow> builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.ToTable("book_snapshots").HasKey(s => new { s.Instrument, s.Sequence });
        builder.Property(s => s.Instrument).HasColumnName("instrument").HasMaxLength(64);
        builder.Property(s => s.Sequence).HasColumnName("sequence");
        builder.Property(s => s.Time).HasColumnName("time");
        builder.Property(s => s.Rules).HasColumnName("rules");
        builder.Property(s => s.State).HasColumnName("state");
        builder.Property(s => s.Hash).HasColumnName("hash");
    }
}

/// <summary>A key that has traded, with the number the engine knows it by.</summary>
public sealed class AccountRow : IEntityTypeConfiguration<AccountRow>
{
    /// <summary>The number, from 1.</summary>
    public long Id { get; set; }

    /// <summary>Hex of the x-only key.</summary>
    public string Key { get; set; } = "";

    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<AccountRow> builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.ToTable("accounts").HasKey(a => a.Id);
        builder.Property(a => a.Id).HasColumnName("id").UseIdentityAlwaysColumn();
        builder.Property(a => a.Key).HasColumnName("key").HasMaxLength(64);
        builder.HasIndex(a => a.Key).IsUnique().HasDatabaseName("accounts_key");
    }
}

/// <summary>An order as it stands after the last committed batch.</summary>
public sealed class OrderRow : IEntityTypeConfiguration<OrderRow>
{
    /// <summary>The instrument.</summary>
    public string Instrument { get; set; } = "";

    /// <summary>The engine's number.</summary>
    public long Id { get; set; }

    /// <summary>Rises with each order of all instruments: what pages are cut by.</summary>
    public long Number { get; set; }

    /// <summary>The account's number.</summary>
    public long Account { get; set; }

    /// <summary>The account's key, x-only hex.</summary>
    public string Key { get; set; } = "";

    /// <summary>The client's name for it.</summary>
    public string ClientOrderId { get; set; } = "";

    /// <summary>16 bytes of the digest of the order as it was sent.</summary>
    public byte[] Body { get; set; } = [];

    /// <summary>0 buy, 1 sell.</summary>
    public short Side { get; set; }

    /// <summary>As the engine's OrderType.</summary>
    public short Type { get; set; }

    /// <summary>As the engine's TimeInForce.</summary>
    public short TimeInForce { get; set; }

    /// <summary>As the engine's OrderFlags.</summary>
    public short Flags { get; set; }

    /// <summary>As the engine's SelfTradePrevention.</summary>
    public short SelfTrade { get; set; }

    /// <summary>Satoshis per whole share.</summary>
    public long Price { get; set; }

    /// <summary>Of an order that is priced by face value: millionths of it; null for others.</summary>
    public int? Discount { get; set; }

    /// <summary>With a discount: the worst price that is ever taken, satoshis per whole share; null without.</summary>
    public long? WorstPrice { get; set; }

    /// <summary>Base units as placed.</summary>
    public long Quantity { get; set; }

    /// <summary>Base units on the book.</summary>
    public long Remaining { get; set; }

    /// <summary>Base units in trades whose swap has not ended.</summary>
    public long InSwap { get; set; }

    /// <summary>Base units swapped for good.</summary>
    public long Settled { get; set; }

    /// <summary>As the engine's Reason, of the last quantity that was cancelled; 0 for none.</summary>
    public short Reason { get; set; }

    /// <summary>False once nothing of it can trade and none of its swaps runs.</summary>
    public bool Live { get; set; }

    /// <summary>When it expires; null where it does not.</summary>
    public DateTimeOffset? ExpiresAt { get; set; }

    /// <summary>When it was placed.</summary>
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>When it last changed.</summary>
    public DateTimeOffset UpdatedAt { get; set; }

    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<OrderRow> builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.ToTable("orders").HasKey(o => new { o.Instrument, o.Id });
        builder.Property(o => o.Instrument).HasColumnName("instrument").HasMaxLength(64);
        builder.Property(o => o.Id).HasColumnName("id").ValueGeneratedNever();
        builder.Property(o => o.Number).HasColumnName("number").UseIdentityAlwaysColumn();
        builder.Property(o => o.Account).HasColumnName("account");
        builder.Property(o => o.Key).HasColumnName("key").HasMaxLength(64);
        builder.Property(o => o.ClientOrderId).HasColumnName("client_order_id").HasMaxLength(32);
        builder.Property(o => o.Body).HasColumnName("body");
        builder.Property(o => o.Side).HasColumnName("side");
        builder.Property(o => o.Type).HasColumnName("type");
        builder.Property(o => o.TimeInForce).HasColumnName("time_in_force");
        builder.Property(o => o.Flags).HasColumnName("flags");
        builder.Property(o => o.SelfTrade).HasColumnName("self_trade");
        builder.Property(o => o.Price).HasColumnName("price");
        builder.Property(o => o.Discount).HasColumnName("discount");
        builder.Property(o => o.WorstPrice).HasColumnName("worst_price");
        builder.Property(o => o.Quantity).HasColumnName("quantity");
        builder.Property(o => o.Remaining).HasColumnName("remaining");
        builder.Property(o => o.InSwap).HasColumnName("in_swap");
        builder.Property(o => o.Settled).HasColumnName("settled");
        builder.Property(o => o.Reason).HasColumnName("reason");
        builder.Property(o => o.Live).HasColumnName("live");
        builder.Property(o => o.ExpiresAt).HasColumnName("expires_at");
        builder.Property(o => o.CreatedAt).HasColumnName("created_at");
        builder.Property(o => o.UpdatedAt).HasColumnName("updated_at");
        // A name is good for one order of the account, for ever.
        builder.HasIndex(o => new { o.Account, o.ClientOrderId }).IsUnique().HasDatabaseName("orders_client_order_id");
        builder.HasIndex(o => new { o.Key, o.Number }).HasDatabaseName("orders_key");
        builder.HasIndex(o => new { o.Instrument, o.Id }).HasFilter("live").HasDatabaseName("orders_live");
    }
}

/// <summary>A coin behind an order. While the order lives and the coin is its backing, nothing else may name it, unless it is a
/// proved one: then the parts that orders draw on are no more than it holds.</summary>
public sealed class OutpointRow : IEntityTypeConfiguration<OutpointRow>
{
    /// <summary>The longest name of a chain.</summary>
    public const int LongestChainName = 32;

    /// <summary>As ChainKind: 0 mainchain, 1 sharechain.</summary>
    public short Chain { get; set; }

    /// <summary>The chain's name: the network's, or that of the sharechain's row.</summary>
    public string ChainName { get; set; } = "";

    /// <summary>The transaction, 32 bytes in the order they have in a block.</summary>
    public byte[] TxId { get; set; } = [];

    /// <summary>The output's number.</summary>
    public long Index { get; set; }

    /// <summary>The instrument of the order.</summary>
    public string Instrument { get; set; } = "";

    /// <summary>The order.</summary>
    public long Order { get; set; }

    /// <summary>What it holds: satoshis or base units.</summary>
    public long Value { get; set; }

    /// <summary>The script that locks it on chain.</summary>
    public byte[] Script { get; set; } = [];

    /// <summary>True while it stands behind the order.</summary>
    public bool Locked { get; set; }

    /// <summary>True where the order named it; false for change that took the place of one it named.</summary>
    public bool Named { get; set; }

    /// <summary>As CoinHold: 0 whole, 1 and 2 a part of a proved coin.</summary>
    public short Hold { get; set; }

    /// <summary>Of a proved coin: how much of it the order draws on; 0 of one that stands behind it whole.</summary>
    public long Drawn { get; set; }

    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<OutpointRow> builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.ToTable("order_outpoints").HasKey(o => new { o.Instrument, o.Order, o.TxId, o.Index });
        builder.Property(o => o.Chain).HasColumnName("chain");
        builder.Property(o => o.ChainName).HasColumnName("chain_name").HasMaxLength(LongestChainName);
        builder.Property(o => o.TxId).HasColumnName("txid");
        builder.Property(o => o.Index).HasColumnName("index");
        builder.Property(o => o.Instrument).HasColumnName("instrument").HasMaxLength(64);
        builder.Property(o => o.Order).HasColumnName("order_id");
        builder.Property(o => o.Value).HasColumnName("value");
        builder.Property(o => o.Script).HasColumnName("script");
        builder.Property(o => o.Locked).HasColumnName("locked");
        builder.Property(o => o.Named).HasColumnName("named");
        builder.Property(o => o.Hold).HasColumnName("hold");
        builder.Property(o => o.Drawn).HasColumnName("drawn");
        builder.HasIndex(o => new { o.ChainName, o.TxId, o.Index }).IsUnique().HasFilter("locked and hold = 0")
            .HasDatabaseName("order_outpoints_locked");
        builder.HasIndex(o => new { o.ChainName, o.TxId, o.Index }, "order_outpoints_drawn").HasFilter("locked and hold > 0");
    }
}
