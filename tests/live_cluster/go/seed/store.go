package seed

import (
	"path"
	"time"

	"github.com/google/uuid"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/client-go/applyconfigurations"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	_ "k8s.io/kubernetes/pkg/apis/discovery/install"
	_ "k8s.io/kubernetes/pkg/apis/networking/install"
	"k8s.io/kubernetes/pkg/kubeapiserver"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
	"sigs.k8s.io/structured-merge-diff/v6/typed"
)

const manager = "seed" // who is said to have written everything

var (
	scheme = legacyscheme.Scheme
	// What no manager owns (k8s.io/apimachinery/pkg/util/managedfields/internal/stripmeta.go),
	// and what the API server itself fills in.
	unmanaged = fieldpath.NewSet(
		fieldpath.MakePathOrDie("apiVersion"),
		fieldpath.MakePathOrDie("kind"),
		fieldpath.MakePathOrDie("metadata"),
		fieldpath.MakePathOrDie("metadata", "name"),
		fieldpath.MakePathOrDie("metadata", "namespace"),
		fieldpath.MakePathOrDie("metadata", "creationTimestamp"),
		fieldpath.MakePathOrDie("metadata", "uid"),
		fieldpath.MakePathOrDie("metadata", "generation"),
		fieldpath.MakePathOrDie("spec", "clusterIP"),
		fieldpath.MakePathOrDie("status", "qosClass"),
	)
	status = fieldpath.NewSet(fieldpath.MakePathOrDie("status"))
	// Kinds whose spec is counted: their strategies set generation 1.
	counted = map[string]bool{"Pod": true, "Deployment": true, "ReplicaSet": true, "NetworkPolicy": true, "EndpointSlice": true}
)

// store makes values of etcd. Its schemas take a moment to parse, so there is
// none before the command runs: every other component is in the same program.
type store struct {
	decoder runtime.Decoder
	encoder runtime.Encoder
	schemas managedfields.TypeConverter
	now     metav1.Time
}

func newStore() *store {
	return &store{
		decoder: legacyscheme.Codecs.UniversalDeserializer(),
		encoder: protobuf.NewSerializer(scheme, scheme),
		schemas: applyconfigurations.NewTypeConverter(scheme),
		now:     metav1.NewTime(time.Now().Truncate(time.Second)),
	}
}

// entry is one key of etcd with its value.
type entry struct {
	key   string
	value []byte
}

// entries gives what the API server would store for an object in JSON.
func (s *store) entries(line []byte) ([]entry, error) {
	object, _, err := s.decoder.Decode(line, nil, nil)
	if err != nil {
		return nil, err
	}
	one, err := s.entry(object)
	if err != nil {
		return nil, err
	}
	service, ok := object.(*core.Service)
	if !ok || service.Spec.ClusterIP == "" || service.Spec.ClusterIP == core.ClusterIPNone {
		return []entry{one}, nil
	}
	address, err := s.entry(addressOf(service))
	return []entry{one, address}, err
}

// allocate fills in what follows from a Service's address.
func allocate(spec *core.ServiceSpec) {
	if spec.ClusterIP != "" && spec.ClusterIP != core.ClusterIPNone {
		spec.ClusterIPs = []string{spec.ClusterIP}
		spec.IPFamilies = []core.IPFamily{core.IPv4Protocol}
		spec.IPFamilyPolicy = ptr.To(core.IPFamilyPolicySingleStack)
	}
}

// addressOf makes the object that keeps a Service's address from being given
// again.
func addressOf(service *core.Service) *networking.IPAddress {
	labels := map[string]string{networking.LabelIPAddressFamily: "IPv4", networking.LabelManagedBy: "ipallocator.k8s.io"}
	parent := networking.ParentReference{Resource: "services", Namespace: service.Namespace, Name: service.Name}
	return &networking.IPAddress{
		ObjectMeta: metav1.ObjectMeta{Name: service.Spec.ClusterIP, Labels: labels},
		Spec:       networking.IPAddressSpec{ParentRef: &parent},
	}
}

// entry fills in what the API server gives to every object, and encodes it.
func (s *store) entry(object runtime.Object) (entry, error) {
	kinds, _, err := scheme.ObjectKinds(object)
	if err != nil {
		return entry{}, err
	}
	kind := kinds[0]
	if object, err = asStored(object, kind.GroupVersion()); err != nil {
		return entry{}, err
	}
	about, err := meta.Accessor(object)
	if err != nil {
		return entry{}, err
	}
	if about.GetUID() == "" {
		about.SetUID(types.UID(uuid.NewString()))
	}
	if counted[kind.Kind] {
		about.SetGeneration(1)
	}
	about.SetCreationTimestamp(s.now)
	managed, err := s.managedFields(object, kind)
	if err != nil {
		return entry{}, err
	}
	about.SetManagedFields(managed)
	if service, ok := object.(*core.Service); ok {
		allocate(&service.Spec) // after that, since nobody is said to have written it
	}
	value, err := runtime.Encode(s.encoder, object)
	return entry{keyOf(kind, about), value}, err
}

// asStored defaults an object, and converts it to the API server's own form and
// back, which fills in fields that stand for others (a pod's serviceAccount).
func asStored(object runtime.Object, version schema.GroupVersion) (runtime.Object, error) {
	scheme.Default(object)
	internal, err := scheme.ConvertToVersion(object, runtime.InternalGroupVersioner)
	if err != nil {
		return nil, err
	}
	return scheme.ConvertToVersion(internal, version)
}

func keyOf(kind schema.GroupVersionKind, about metav1.Object) string {
	plural, _ := meta.UnsafeGuessKindToResource(kind)
	prefix, special := kubeapiserver.SpecialDefaultResourcePrefixes[plural.GroupResource()]
	if !special {
		prefix = plural.Resource
	}
	return path.Join("/registry", prefix, about.GetNamespace(), about.GetName())
}

// managedFields names every field, as after one write of the object and one of
// its status: what the object has and an empty one of its kind has not.
func (s *store) managedFields(object runtime.Object, kind schema.GroupVersionKind) ([]metav1.ManagedFieldsEntry, error) {
	empty, err := s.empty(kind)
	if err != nil {
		return nil, err
	}
	given, err := s.schemas.ObjectToTyped(object)
	if err != nil {
		return nil, err
	}
	compared, err := empty.Compare(given)
	if err != nil {
		return nil, err
	}
	all := compared.Added.Union(compared.Modified).Difference(unmanaged)
	own := all.RecursiveDifference(status)
	var entries []metav1.ManagedFieldsEntry
	for each, fields := range []*fieldpath.Set{own, all.Difference(own)} {
		if fields.Empty() || each == 1 && kind.Kind == "Namespace" { // whose phase comes with its creation
			continue
		}
		names, err := fields.ToJSON()
		if err != nil {
			return nil, err
		}
		entries = append(entries, metav1.ManagedFieldsEntry{
			Manager:     manager,
			Operation:   metav1.ManagedFieldsOperationUpdate,
			APIVersion:  kind.GroupVersion().String(),
			Time:        &s.now,
			FieldsType:  "FieldsV1",
			FieldsV1:    &metav1.FieldsV1{Raw: names},
			Subresource: []string{"", "status"}[each],
		})
	}
	return entries, nil
}

// empty gives a new object of a kind, as the API server compares a first write with.
func (s *store) empty(kind schema.GroupVersionKind) (*typed.TypedValue, error) {
	object, err := scheme.New(kind)
	if err != nil {
		return nil, err
	}
	object.GetObjectKind().SetGroupVersionKind(kind)
	return s.schemas.ObjectToTyped(object)
}
