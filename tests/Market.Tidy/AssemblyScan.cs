using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Market.Tidy;

/// <summary>A member by the names of its type and its own, and how many parameters it takes (-1: no method).</summary>
internal readonly record struct MemberName(string Type, string Name, int Parameters)
{
    public override string ToString() => $"{Type}.{Name}";
}

/// <summary>Which members an assembly declares, and which its code names, of its own and of others.</summary>
internal sealed class AssemblyScan : IDisposable
{
    private static readonly OpCode?[] Short = new OpCode?[256];
    private static readonly OpCode?[] Long = new OpCode?[256];

    private readonly PEReader _file;
    private readonly MetadataReader _reader;

    static AssemblyScan()
    {
        foreach (var field in typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static))
        {
            var code = (OpCode)field.GetValue(null)!;
            (code.Size == 1 ? Short : Long)[code.Value & 0xff] = code;
        }
    }

    public AssemblyScan(string path)
    {
        _file = new PEReader(File.OpenRead(path));
        _reader = _file.GetMetadataReader();
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Methods, properties and fields that somebody wrote, and that nothing but their name calls.</summary>
    public IEnumerable<MemberName> Declared()
    {
        foreach (var handle in _reader.TypeDefinitions)
        {
            var type = _reader.GetTypeDefinition(handle);
            if (IsGenerated(type.GetCustomAttributes()) || IsGenerated(_reader.GetString(type.Name))
                || TypeName(type.BaseType) == "System.MulticastDelegate")
            {
                continue;
            }

            foreach (var member in MembersOf(TypeName(handle), type))
            {
                yield return member;
            }
        }
    }

    /// <summary>Every member that the assembly's code names: by call, by access, by attribute.</summary>
    public IEnumerable<MemberName> Named()
    {
        foreach (var handle in _reader.MethodDefinitions)
        {
            var method = _reader.GetMethodDefinition(handle);
            if (method.RelativeVirtualAddress == 0)
            {
                continue;
            }

            var body = _file.GetMethodBody(method.RelativeVirtualAddress).GetILBytes()!;
            var own = OwnName(handle);
            foreach (var token in TokensOf(body))
            {
                if (NameOf(token) is { } name && name != own)
                {
                    yield return name;
                }
            }
        }

        foreach (var handle in _reader.CustomAttributes)
        {
            var attribute = _reader.GetCustomAttribute(handle);
            if (NameOf(attribute.Constructor) is { } name)
            {
                yield return name;
            }
        }
    }

    private IEnumerable<MemberName> MembersOf(string name, TypeDefinition type)
    {
        var accessors = new HashSet<MethodDefinitionHandle>(type.GetMethodImplementations()
            .Select(handle => _reader.GetMethodImplementation(handle).MethodBody)
            .Where(body => body.Kind == HandleKind.MethodDefinition).Select(body => (MethodDefinitionHandle)body));
        foreach (var handle in type.GetProperties())
        {
            var property = _reader.GetPropertyDefinition(handle);
            var (get, set) = (property.GetAccessors().Getter, property.GetAccessors().Setter);
            var accessor = _reader.GetMethodDefinition(get.IsNil ? set : get);
            var isImplementation = accessors.Contains(get.IsNil ? set : get);
            accessors.Add(get);
            accessors.Add(set);
            if (!isImplementation && IsCalledByName(accessor) && !IsGenerated(property.GetCustomAttributes()))
            {
                yield return new MemberName(name, _reader.GetString(property.Name), -1);
            }
        }

        foreach (var handle in type.GetEvents())
        {
            accessors.Add(_reader.GetEventDefinition(handle).GetAccessors().Adder);
            accessors.Add(_reader.GetEventDefinition(handle).GetAccessors().Remover);
        }

        foreach (var handle in type.GetMethods().Where(handle => !accessors.Contains(handle)))
        {
            var method = _reader.GetMethodDefinition(handle);
            if (IsCalledByName(method) && !IsGenerated(method.GetCustomAttributes())
                && (method.Attributes & MethodAttributes.SpecialName) == 0 && !IsGenerated(_reader.GetString(method.Name)))
            {
                yield return OwnName(handle);
            }
        }

        foreach (var handle in type.GetFields())
        {
            var field = _reader.GetFieldDefinition(handle);
            var isConstant = (field.Attributes & (FieldAttributes.Literal | FieldAttributes.SpecialName)) != 0;
            var isInline = type.GetCustomAttributes().Any(each => NameOf(_reader.GetCustomAttribute(each).Constructor)?.Type
                == "System.Runtime.CompilerServices.InlineArrayAttribute");
            if (!isConstant && !isInline && !IsGenerated(_reader.GetString(field.Name)))
            {
                yield return new MemberName(name, _reader.GetString(field.Name), -1);
            }
        }
    }

    // An override is called by its base's name, what implements an interface by the interface's.
    private static bool IsCalledByName(MethodDefinition method)
    {
        var isInherited = (method.Attributes & MethodAttributes.Virtual) != 0
            && (method.Attributes & (MethodAttributes.NewSlot | MethodAttributes.Final)) != MethodAttributes.NewSlot;
        return !isInherited;
    }

    private bool IsGenerated(CustomAttributeHandleCollection attributes) => attributes
        .Select(handle => NameOf(_reader.GetCustomAttribute(handle).Constructor)?.Type)
        .Any(type => type is "System.Runtime.CompilerServices.CompilerGeneratedAttribute"
            or "System.CodeDom.Compiler.GeneratedCodeAttribute");

    private static bool IsGenerated(string name) => name.Contains('<', StringComparison.Ordinal);

    private IEnumerable<EntityHandle> TokensOf(byte[] body)
    {
        for (var at = 0; at < body.Length;)
        {
            var code = body[at] == 0xfe ? Long[body[at + 1]]!.Value : Short[body[at]]!.Value;
            at += code.Size;
            switch (code.OperandType)
            {
                case OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineTok:
                    yield return MetadataTokens.EntityHandle(BitConverter.ToInt32(body, at));
                    at += 4;
                    break;
                case OperandType.InlineSwitch:
                    at += 4 + 4 * BitConverter.ToInt32(body, at);
                    break;
                default:
                    at += LengthOf(code.OperandType);
                    break;
            }
        }
    }

    private static int LengthOf(OperandType operand) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        _ => 4,
    };

    private MemberName? NameOf(EntityHandle handle)
    {
        switch (handle.Kind)
        {
            case HandleKind.MethodDefinition:
                return Accessed(OwnName((MethodDefinitionHandle)handle));
            case HandleKind.MethodSpecification:
                return NameOf(_reader.GetMethodSpecification((MethodSpecificationHandle)handle).Method);
            case HandleKind.FieldDefinition:
                var field = _reader.GetFieldDefinition((FieldDefinitionHandle)handle);
                return new MemberName(TypeName(field.GetDeclaringType()), _reader.GetString(field.Name), -1);
            case HandleKind.MemberReference:
                var member = _reader.GetMemberReference((MemberReferenceHandle)handle);
                var parameters = member.GetKind() == MemberReferenceKind.Method ? ParametersOf(member.Signature) : -1;
                return TypeName(member.Parent) is { } type
                    ? Accessed(new MemberName(type, _reader.GetString(member.Name), parameters))
                    : null;
            default:
                return null;
        }
    }

    // A property is named by its accessors.
    private static MemberName Accessed(MemberName method) => method.Name is ['g' or 's', 'e', 't', '_', .. var property]
        ? new MemberName(method.Type, property, -1)
        : method;

    private MemberName OwnName(MethodDefinitionHandle handle)
    {
        var method = _reader.GetMethodDefinition(handle);
        return new MemberName(
            TypeName(method.GetDeclaringType()), _reader.GetString(method.Name), ParametersOf(method.Signature));
    }

    private int ParametersOf(BlobHandle signature)
    {
        var blob = _reader.GetBlobReader(signature);
        if (blob.ReadSignatureHeader().IsGeneric)
        {
            blob.ReadCompressedInteger();
        }

        return blob.ReadCompressedInteger();
    }

    private string TypeName(EntityHandle handle)
    {
        if (handle.IsNil)
        {
            return string.Empty;
        }

        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition:
                var own = _reader.GetTypeDefinition((TypeDefinitionHandle)handle);
                return Joined(own.GetDeclaringType(), own.Namespace, own.Name);
            case HandleKind.TypeReference:
                var other = _reader.GetTypeReference((TypeReferenceHandle)handle);
                var outer = other.ResolutionScope.Kind == HandleKind.TypeReference ? other.ResolutionScope : default;
                return Joined(outer, other.Namespace, other.Name);
            case HandleKind.TypeSpecification:
                return GenericName((TypeSpecificationHandle)handle);
            case HandleKind.MethodDefinition:
                return TypeName(_reader.GetMethodDefinition((MethodDefinitionHandle)handle).GetDeclaringType());
            default:
                return string.Empty;
        }
    }

    private string Joined(EntityHandle outer, StringHandle room, StringHandle name) => outer.IsNil
        ? $"{_reader.GetString(room)}.{_reader.GetString(name)}"
        : $"{TypeName(outer)}+{_reader.GetString(name)}";

    // GENERICINST, class or value type, the type that it is of.
    private string GenericName(TypeSpecificationHandle handle)
    {
        var blob = _reader.GetBlobReader(_reader.GetTypeSpecification(handle).Signature);
        if (blob.ReadSignatureTypeCode() != SignatureTypeCode.GenericTypeInstance)
        {
            return string.Empty;
        }

        blob.ReadByte();
        return TypeName(blob.ReadTypeHandle());
    }
}
