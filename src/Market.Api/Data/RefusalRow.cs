using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Market.Api.Data;

/// <summary>A request that was refused: who asked what, the code, and when.</summary>
public sealed class RefusalRow : IEntityTypeConfiguration<RefusalRow>
{
    /// <summary>Characters kept of a path.</summary>
    public const int MaxPath = 200;

    /// <summary>Characters kept of a detail.</summary>
    public const int MaxDetail = 500;

    /// <summary>Rises with each row.</summary>
    public long Id { get; set; }

    /// <summary>When it was refused.</summary>
    public DateTimeOffset Time { get; set; }

    /// <summary>The key that had proved itself; null where none had.</summary>
    public string? Key { get; set; }

    /// <summary>The address that asked; "" where it is not known.</summary>
    public string Address { get; set; } = "";

    /// <summary>The request's method.</summary>
    public string Method { get; set; } = "";

    /// <summary>The request's path, without its query.</summary>
    public string Path { get; set; } = "";

    /// <summary>The problem code.</summary>
    public string Code { get; set; } = "";

    /// <summary>What was said to the one who asked.</summary>
    public string? Detail { get; set; }

    /// <summary>The trace id that the answer names.</summary>
    public string TraceId { get; set; } = "";

    /// <summary>Refusals before this one that found no room and are not written down.</summary>
    public int Dropped { get; set; }

    /// <inheritdoc/>
    public void Configure(EntityTypeBuilder<RefusalRow> builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.ToTable("refusals").HasKey(r => r.Id);
        builder.Property(r => r.Id).HasColumnName("id").UseIdentityAlwaysColumn();
        builder.Property(r => r.Time).HasColumnName("time");
        builder.Property(r => r.Key).HasColumnName("key").HasMaxLength(64);
        builder.Property(r => r.Address).HasColumnName("address").HasMaxLength(64);
        builder.Property(r => r.Method).HasColumnName("method").HasMaxLength(16);
        builder.Property(r => r.Path).HasColumnName("path").HasMaxLength(MaxPath);
        builder.Property(r => r.Code).HasColumnName("code").HasMaxLength(40);
        builder.Property(r => r.Detail).HasColumnName("detail").HasMaxLength(MaxDetail);
        builder.Property(r => r.TraceId).HasColumnName("trace_id").HasMaxLength(64);
        builder.Property(r => r.Dropped).HasColumnName("dropped");
        builder.HasIndex(r => new { r.Key, r.Id }).HasDatabaseName("refusals_key");
        builder.HasIndex(r => new { r.Code, r.Id }).HasDatabaseName("refusals_code");
    }
}
