using System.Text.Json;
using Market.Contracts;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Market.Api.Data;

/// <summary>What was said of a share's worth, written once with the first trade that was made under it and never changed.</summary>
public sealed class ValuationRow : IEntityTypeConfiguration<ValuationRow>
{
    /// <summary>The instrument.</summary>
    public string Instrument { get; set; } = "";

    /// <summary>A UUID of version 7: two moments never share one, whatever the clock does.</summary>
    public Guid Id { get; set; }

    /// <summary>When it was computed.</summary>
    public DateTimeOffset Time { get; set; }

    /// <summary>V0, satoshis per whole share.</summary>
    public double FaceValue { get; set; }

    /// <summary>V(r) / V0.</summary>
    public double DTime { get; set; }

    /// <summary>The model's price, satoshis per whole share.</summary>
    public double ModelPrice { get; set; }

    /// <summary>B w / (M I), satoshis per whole share; null where nothing is minted.</summary>
    public double? FppsWorth { get; set; }

    /// <summary>The horizon in years.</summary>
    public double HorizonYears { get; set; }

    /// <summary>Continuous yearly discount rate.</summary>
    public double Rate { get; set; }

    /// <summary>Relative standard error.</summary>
    public double Uncertainty { get; set; }

    /// <summary>All of it with its inputs, as <see cref="Discount"/> without a price, in JSON.</summary>
    public string Said { get; set; } = "";

    /// <summary>A row of what was just computed, without the price it was computed for.</summary>
    public static ValuationRow Of(Discount discount)
    {
        ArgumentNullException.ThrowIfNull(discount);
        var said = discount with
        {
            Price = null,
            OverFpps = null,
            D = null,
            DError = null,
            DParams = null,
            RiskPremium = null,
            ImpliedYield = null,
            ImpliedYieldError = null,
            ImpliedHashrate = null,
        };
        return new ValuationRow
        {
            Instrument = discount.Instrument,
            Id = Guid.CreateVersion7(discount.Time),
            Time = discount.Time,
            FaceValue = discount.FaceValue,
            DTime = discount.DTime,
            ModelPrice = discount.ModelPrice,
            FppsWorth = discount.FppsWorth,
            HorizonYears = discount.Inputs.HorizonYears,
            Rate = discount.Inputs.Rate,
            Uncertainty = discount.Uncertainty,
            Said = JsonSerializer.Serialize(said, MarketJson.Options),
        };
    }

    /// <summary>As everybody sees it beside a trade.</summary>
    public Valuation ToContract() => new()
    {
        Id = Id.ToString("N"),
        Time = Time,
        FaceValue = FaceValue,
        DTime = DTime,
        ModelPrice = ModelPrice,
        FppsWorth = FppsWorth,
        HorizonYears = HorizonYears,
        Rate = Rate,
        Uncertainty = Uncertainty,
    };

    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<ValuationRow> builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.ToTable("valuations").HasKey(v => new { v.Instrument, v.Id });
        builder.Property(v => v.Instrument).HasColumnName("instrument").HasMaxLength(64);
        builder.Property(v => v.Id).HasColumnName("id").ValueGeneratedNever();
        builder.Property(v => v.Time).HasColumnName("time");
        builder.Property(v => v.FaceValue).HasColumnName("face_value");
        builder.Property(v => v.DTime).HasColumnName("d_time");
        builder.Property(v => v.ModelPrice).HasColumnName("model_price");
        builder.Property(v => v.FppsWorth).HasColumnName("fpps_worth");
        builder.Property(v => v.HorizonYears).HasColumnName("horizon_years");
        builder.Property(v => v.Rate).HasColumnName("rate");
        builder.Property(v => v.Uncertainty).HasColumnName("uncertainty");
        builder.Property(v => v.Said).HasColumnName("said").HasColumnType("jsonb");
    }
}
