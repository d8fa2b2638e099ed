using Market.Contracts;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Market.Api.Data;

/// <summary>A trade, written in the transaction of the journal batch that made it.</summary>
public sealed class TradeRow : IEntityTypeConfiguration<TradeRow>
{
    /// <summary>The instrument.</summary>
    public string Instrument { get; set; } = "";

    /// <summary>The engine's number of the trade, from 1.</summary>
    public long Id { get; set; }

    /// <summary>Rises with each trade of all instruments: what pages of fills are cut by.</summary>
    public long Number { get; set; }

    /// <summary>Satoshis per whole share.</summary>
    public long Price { get; set; }

    /// <summary>Base units.</summary>
    public long Quantity { get; set; }

    /// <summary>Satoshis: ceil(price x quantity / 1e8).</summary>
    public long Notional { get; set; }

    /// <summary>The side of the order that came later.</summary>
    public Side TakerSide { get; set; }

    /// <summary>When.</summary>
    public DateTimeOffset Time { get; set; }

    /// <summary>Whether it counts in prices, candles and volumes.</summary>
    public TradeStatus Status { get; set; }

    /// <summary>When it became final, or was withdrawn; null while pending.</summary>
    public DateTimeOffset? StatusAt { get; set; }

    /// <summary>The swap that settles it.</summary>
    public string SwapId { get; set; } = "";

    /// <summary>The maker's order.</summary>
    public long MakerOrder { get; set; }

    /// <summary>The taker's order.</summary>
    public long TakerOrder { get; set; }

    /// <summary>The maker's key, x-only hex.</summary>
    public string MakerKey { get; set; } = "";

    /// <summary>The taker's key, x-only hex.</summary>
    public string TakerKey { get; set; } = "";

    /// <summary>What was said of a share's worth then; null where nothing was known.</summary>
    public Guid? ValuationId { get; set; }

    /// <summary>The row of <see cref="ValuationId"/>, where it is read with the trade.</summary>
    public ValuationRow? Valuation { get; set; }

    /// <summary>The key that gives shares.</summary>
    public string SellerKey => TakerSide == Side.Sell ? TakerKey : MakerKey;

    /// <summary>The key that gives BTC.</summary>
    public string BuyerKey => TakerSide == Side.Buy ? TakerKey : MakerKey;

    /// <summary>As everybody sees it.</summary>
    public Trade ToContract() => new()
    {
        Id = DecimalStrings.Format(Id),
        Instrument = Instrument,
        Price = new Price(Price),
        Quantity = new Quantity(Quantity),
        Notional = new Sats(Notional),
        TakerSide = TakerSide,
        SwapId = SwapId,
        Time = Time,
        Status = Status,
        StatusAt = StatusAt,
        Valuation = Valuation?.ToContract(),
    };

    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<TradeRow> builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.ToTable("trades").HasKey(t => new { t.Instrument, t.Id });
        builder.Property(t => t.Instrument).HasColumnName("instrument").HasMaxLength(64);
        builder.Property(t => t.Id).HasColumnName("id").ValueGeneratedNever();
        builder.Property(t => t.Number).HasColumnName("number").UseIdentityAlwaysColumn();
        builder.Property(t => t.Price).HasColumnName("price");
        builder.Property(t => t.Quantity).HasColumnName("quantity");
        builder.Property(t => t.Notional).HasColumnName("notional");
        builder.Property(t => t.TakerSide).HasColumnName("taker_side").HasConversion<short>();
        builder.Property(t => t.Time).HasColumnName("time");
        builder.Property(t => t.Status).HasColumnName("status").HasConversion<short>().HasDefaultValue(TradeStatus.Pending);
        builder.Property(t => t.StatusAt).HasColumnName("status_at");
        builder.Property(t => t.SwapId).HasColumnName("swap_id").HasMaxLength(32);
        builder.Property(t => t.MakerOrder).HasColumnName("maker_order");
        builder.Property(t => t.TakerOrder).HasColumnName("taker_order");
        builder.Property(t => t.MakerKey).HasColumnName("maker_key").HasMaxLength(64);
        builder.Property(t => t.TakerKey).HasColumnName("taker_key").HasMaxLength(64);
        builder.Property(t => t.ValuationId).HasColumnName("valuation_id");
        builder.HasOne(t => t.Valuation).WithMany().HasForeignKey(t => new { t.Instrument, t.ValuationId })
            .OnDelete(DeleteBehavior.Restrict);
        builder.Ignore(t => t.SellerKey).Ignore(t => t.BuyerKey);
        builder.HasIndex(t => new { t.Instrument, t.Time }).HasDatabaseName("trades_time");
        builder.HasIndex(t => new { t.MakerKey, t.Number }).HasDatabaseName("trades_maker");
        builder.HasIndex(t => new { t.TakerKey, t.Number }).HasDatabaseName("trades_taker");
        // The newest final trade is the last price, however many that came later are pending or withdrawn.
        builder.HasIndex(t => new { t.Instrument, t.Id }).HasFilter("status = 1").HasDatabaseName("trades_final");
    }
}
